import type { ISignal } from '@lumino/signaling';
import { Signal } from '@lumino/signaling';

import type { IServer } from '../net/server';
import { nameOf } from '../text/words';

/** A name that is being typed after `@`, up to the end of a text. */
const TYPED = /(?<![\w@.])@("[^"\n]*|[^\s"@]*)$/;
const MOST = 8;

/** The documents that a name typed after `@` may mean. */
export class Mentions {
  constructor(private readonly _server: IServer) {}

  /** Emitted when the names or the active one change. */
  get changed(): ISignal<this, void> {
    return this._changed;
  }

  /** The names to choose from; empty when none is being typed. */
  get names(): readonly string[] {
    return this._names;
  }

  /** The position of the name that Enter takes. */
  get active(): number {
    return this._active;
  }

  /** Look for the documents of a collection whose names have what is typed before the cursor. Never rejects. */
  async look(before: string, collection: string): Promise<void> {
    const typed = TYPED.exec(before)?.[1].replace('"', '');
    this._abort?.abort();
    if (typed === undefined) {
      return this.close();
    }
    const { signal } = (this._abort = new AbortController());
    const asked = { collection, name: typed, limit: 5 * MOST };
    const found = await this._server
      .listDocuments(asked, signal)
      .catch(() => ({ items: [] }));
    if (!signal.aborted) {
      const names = found.items
        .filter(({ state }) => state !== 'failed')
        .map(({ path }) => nameOf(path))
        .filter(name => !name.includes('"') && has(name, typed));
      this._set([...new Set(names)].sort(byStart(typed)).slice(0, MOST));
    }
  }

  /** Make another name the active one. */
  move(by: 1 | -1): void {
    const count = this._names.length;
    this._active = (this._active + by + count) % count;
    this._changed.emit();
  }

  /** Return the text before the cursor with the name at that position in the place of what was typed. */
  take(before: string, position = this._active): string {
    const name = this._names[position];
    this.close();
    return before.replace(TYPED, () =>
      /\s/.test(name) ? `@"${name}" ` : `@${name} `
    );
  }

  close(): void {
    this._abort?.abort();
    if (this._names.length) {
      this._set([]);
    }
  }

  private _set(names: readonly string[]): void {
    this._names = names;
    this._active = 0;
    this._changed.emit();
  }

  private _names: readonly string[] = [];
  private _active = 0;
  private _abort: AbortController | null = null;
  private _changed = new Signal<this, void>(this);
}

function has(name: string, typed: string): boolean {
  return name.toLowerCase().includes(typed.toLowerCase());
}

/** Names that begin as typed come first. */
function byStart(typed: string): (a: string, b: string) => number {
  const place = (name: string): number =>
    name.toLowerCase().startsWith(typed.toLowerCase()) ? 0 : 1;
  return (a, b) => place(a) - place(b) || a.localeCompare(b);
}
