import type { ISignal } from '@lumino/signaling';
import { Signal } from '@lumino/signaling';

import type { IServer } from '../net/server';
import type { IError } from '../net/wire';
import { asError } from './errors';

/** The collection of the example documents; a user's own documents do not go into it. */
export const EXAMPLES = 'examples';

/** What a new user begins with: the example documents, and questions that the documents answer. */
export class Beginning {
  constructor(
    private readonly _server: Pick<IServer, 'suggest' | 'copyExamples'>
  ) {}

  /** Questions that the documents of the collection last asked for answer. */
  get questions(): readonly string[] {
    return this._questions;
  }

  /** Whether the example documents are being copied. */
  get isCopying(): boolean {
    return this._isCopying;
  }

  /** Why the example documents could not be copied. */
  get error(): IError | null {
    return this._error;
  }

  get changed(): ISignal<this, void> {
    return this._changed;
  }

  /** Fetch questions about a collection, again when it has another number of documents. Never rejects. */
  async suggest(collection: string, documents: number): Promise<void> {
    const state = `${documents} ${collection}`;
    if (state === this._state) {
      return;
    }
    this._state = state;
    this._questions = [];
    const { questions } = await this._server
      .suggest(collection)
      .catch(() => ({ questions: [] }));
    if (state === this._state) {
      this._questions = questions;
      this._changed.emit();
    }
  }

  /** Copy the example documents; return the contents path of their folder, null after a failure. Never rejects. */
  async copy(): Promise<string | null> {
    this._isCopying = true;
    this._error = null;
    this._changed.emit();
    try {
      return (await this._server.copyExamples()).folder;
    } catch (error) {
      this._error = asError(error);
      return null;
    } finally {
      this._isCopying = false;
      this._changed.emit();
    }
  }

  private _questions: readonly string[] = [];
  private _state = '';
  private _isCopying = false;
  private _error: IError | null = null;
  private _changed = new Signal<this, void>(this);
}
