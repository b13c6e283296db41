import type { ISignal } from '@lumino/signaling';
import { Signal } from '@lumino/signaling';

import type { IServer } from '../net/server';
import type { IDocuments, IError } from '../net/wire';
import { asError } from './errors';

/** The number of documents fetched at once. */
export const PAGE = 100;

/** The most documents that the server returns at once. */
const MOST = 1000;

/** How long the user has to pause typing before the list is filtered, in milliseconds. */
export const REST_MS = 200;

/** The documents of a collection, filtered and a page at a time. */
export class Documents {
  constructor(private readonly _server: IServer) {}

  /** The documents fetched so far; null before the first reply. */
  get list(): IDocuments | null {
    return this._list;
  }

  /** The collection that is shown; empty before the first one. */
  get collection(): string {
    return this._collection ?? '';
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

  /** Whether the server has further documents that match. */
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

  /** Fetch the shown documents again; the old list stays until then. Never rejects. */
  async refresh(): Promise<void> {
    if (this._collection !== null) {
      const shown = this._list?.items.length ?? 0;
      await this._load(0, Math.min(MOST, Math.max(PAGE, shown)));
    }
  }

  /** Show the next page, too. Never rejects. */
  async more(): Promise<void> {
    await this._load(this._list?.items.length ?? 0, PAGE);
  }

  /** Show only documents with this text in their path, once the user stops typing. */
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
      const failure = asError(error);
      if (failure.code === 'unknown_collection') {
        // the user chose it, but it has no documents yet
        const none = { collection, total: 0, failed: 0, roots: [], items: [] };
        this._take(abort, none, null);
      } else {
        this._take(abort, this._list, failure);
      }
    }
  }

  /** Take a reply, unless a newer request was sent meanwhile. */
  private _take(
    request: AbortController,
    list: IDocuments | null,
    error: IError | null
  ): void {
    if (!request.signal.aborted) {
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
