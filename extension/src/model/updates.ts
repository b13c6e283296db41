import type { IWatch, IServer } from '../net/server';
import type { IStamps, Topic } from '../net/wire';

/** How long to wait for further changes before fetching them together, in milliseconds. */
export const SOON = 200;
/** How long to wait for the server's first state before fetching anything, in milliseconds. */
const LONGEST_START = 1000;

/** Fetches what others changed: one request at a time for each topic, and none while the page is hidden. */
export class Updates {
  constructor(
    private readonly _server: IServer,
    private readonly _fetch: Readonly<Record<Topic, () => Promise<void>>>
  ) {}

  /** Start to watch. Resolves once the server's state is known, so that everything fetched later is current. */
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

  /** Set whether the page is visible; changes that happen while it is hidden are fetched afterwards. */
  setVisible(isVisible: boolean): void {
    this._isVisible = isVisible;
    if (isVisible) {
      this._watch?.check();
      this._soon();
    }
  }

  /** Note that something of a topic changed. */
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
    for (const topic of Object.keys(this._fetch) as Topic[]) {
      if (known && stamps[topic] !== known[topic]) {
        this.note(topic);
      }
    }
  }

  private _soon(): void {
    if (this._isVisible && this._due.size) {
      this._timer ??= setTimeout(() => {
        this._timer = undefined;
        this._due.forEach(topic => void this._refresh(topic));
      }, SOON);
    }
  }

  private async _refresh(topic: Topic): Promise<void> {
    if (this._isVisible && !this._busy.has(topic)) {
      this._due.delete(topic);
      this._busy.add(topic);
      // the user's next action reports why the server does not answer
      await this._fetch[topic]().catch(() => undefined);
      this._busy.delete(topic);
      this._soon();
    }
  }

  private _watch: IWatch | null = null;
  private _known: IStamps | null = null;
  private _isVisible = true;
  private _due = new Set<Topic>();
  private _busy = new Set<Topic>();
  private _timer: ReturnType<typeof setTimeout> | undefined;
}
