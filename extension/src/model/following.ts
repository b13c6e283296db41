import type { IWatch, IServer } from '../net/server';
import type { IStamps, Topic } from '../net/wire';

/** What changes together is looked at together: so long is waited for more, in milliseconds. */
export const SOON = 200;
/** So long is waited for the server to say how things are before they are looked at. */
const LONGEST_START = 1000;

/** Has what others changed looked at anew, of each kind one request at a time, and none while nobody sees the page. */
export class Following {
  constructor(
    private readonly _server: IServer,
    private readonly _look: Readonly<Record<Topic, () => Promise<void>>>
  ) {}

  /** Listen. Resolves when it is known how things are, so that all that is looked at from then on is up to date. */
  async start(): Promise<void> {
    await new Promise<void>(resolve => {
      const late = setTimeout(resolve, LONGEST_START);
      this._watch = this._server.changes(stamps => {
        this._take(stamps);
        clearTimeout(late);
        resolve();
      });
    });
  }

  /** Whether somebody sees the page; what changes while nobody does is looked at afterwards. */
  see(isSeen: boolean): void {
    this._isSeen = isSeen;
    if (isSeen) {
      this._watch?.check();
      this._soon();
    }
  }

  /** Something of a topic changed. */
  note(topic: Topic): void {
    this._due.add(topic);
    this._soon();
  }

  dispose(): void {
    this._watch?.dispose();
    clearTimeout(this._timer);
  }

  private _take(stamps: IStamps): void {
    const known = this._known;
    this._known = stamps;
    for (const topic of Object.keys(this._look) as Topic[]) {
      if (known && stamps[topic] !== known[topic]) {
        this.note(topic);
      }
    }
  }

  private _soon(): void {
    if (this._isSeen && this._due.size) {
      this._timer ??= setTimeout(() => {
        this._timer = undefined;
        this._due.forEach(topic => void this._refresh(topic));
      }, SOON);
    }
  }

  private async _refresh(topic: Topic): Promise<void> {
    if (this._isSeen && !this._busy.has(topic)) {
      this._due.delete(topic);
      this._busy.add(topic);
      // what keeps the server from answering is told by what the user does
      await this._look[topic]().catch(() => undefined);
      this._busy.delete(topic);
      this._soon();
    }
  }

  private _watch: IWatch | null = null;
  private _known: IStamps | null = null;
  private _isSeen = true;
  private _due = new Set<Topic>();
  private _busy = new Set<Topic>();
  private _timer: ReturnType<typeof setTimeout> | undefined;
}
