import type { ISignal } from '@lumino/signaling';
import { Signal } from '@lumino/signaling';

import type { IServer } from '../net/server';
import type { IDocuments, IError } from '../net/wire';
import { asError } from './problem';

/** So many documents come at once. */
export const PAGE = 100;

/** So many can be asked for at once. */
const MOST = 1000;

/** How long typing has to rest before the list is filtered, in milliseconds. */
export const REST_MS = 200;

/** The documents of a collection, filtered and as many as were asked for. */
export class Documents {
  constructor(private readonly _server: IServer) {}

  /** What is known; null before anything is. */
  get list(): IDocuments | null {
    return this._list;
  }

  get error(): IError | null {
    return this._error;
  }

  get name(): string {
    return this._name;
  }

  get isFailedOnly(): boolean {
    return this._failedOnly;
  }

  /** Whether there are more of those asked for. */
  get hasMore(): boolean {
    return this._list !== null && this._list.items.length < this._list.total;
  }

  get changed(): ISignal<this, void> {
    return this._changed;
  }

  /** Show a collection. Never rejects. */
  async show(collection: string): Promise<void> {
    if (collection !== this._collection) {
      this._collection = collection;
      this._list = null;
      this._changed.emit();
    }
    await this.refresh();
  }

  /** Look anew at as many as are shown; what was known stays until then. Never rejects. */
  async refresh(): Promise<void> {
    if (this._collection !== null) {
      const shown = this._list?.items.length ?? 0;
      await this._load(0, Math.min(MOST, Math.max(PAGE, shown)));
    }
  }

  /** Show the next ones, too. Never rejects. */
  async more(): Promise<void> {
    await this._load(this._list?.items.length ?? 0, PAGE);
  }

  /** Show only those with this in their path, soon. */
  setName(name: string): void {
    this._name = name;
    this._changed.emit();
    clearTimeout(this._timer);
    this._timer = setTimeout(() => void this._load(0, PAGE), REST_MS);
  }

  setFailedOnly(failedOnly: boolean): void {
    this._failedOnly = failedOnly;
    this._changed.emit();
    void this._load(0, PAGE);
  }

  dispose(): void {
    clearTimeout(this._timer);
    this._abort.abort();
  }

  private async _load(offset: number, limit: number): Promise<void> {
    clearTimeout(this._timer);
    this._abort.abort();
    const abort = (this._abort = new AbortController());
    const collection = this._collection!;
    try {
      const part = await this._server.listDocuments(
        {
          collection,
          name: this._name.trim(),
          state: this._failedOnly ? 'failed' : undefined,
          limit,
          offset
        },
        abort.signal
      );
      const before = offset ? (this._list?.items ?? []) : [];
      this._take(abort, { ...part, items: [...before, ...part.items] }, null);
    } catch (error) {
      const told = asError(error);
      if (told.code === 'unknown_collection') {
        // chosen, but nothing was put into it yet
        const none = { collection, total: 0, failed: 0, roots: [], items: [] };
        this._take(abort, none, null);
      } else {
        this._take(abort, this._list, told);
      }
    }
  }

  /** Take an answer, unless something else was asked meanwhile. */
  private _take(
    asked: AbortController,
    list: IDocuments | null,
    error: IError | null
  ): void {
    if (!asked.signal.aborted) {
      this._list = list;
      this._error = error;
      this._changed.emit();
    }
  }

  private _collection: string | null = null;
  private _list: IDocuments | null = null;
  private _error: IError | null = null;
  private _name = '';
  private _failedOnly = false;
  private _abort = new AbortController();
  private _timer: ReturnType<typeof setTimeout> | undefined;
  private _changed = new Signal<this, void>(this);
}
