import type { ISignal } from '@lumino/signaling';
import { Signal } from '@lumino/signaling';

import { isStopped } from '../net/request';
import type { IServer } from '../net/server';
import type { IError, IProgress } from '../net/wire';
import { asError } from './errors';
import { Throttle } from './throttle';

/** Downloads one model at a time through Ollama. */
export class Download {
  constructor(private readonly _server: IServer) {}

  /** The model whose download runs or has failed; empty for none. */
  get name(): string {
    return this._name;
  }

  get isRunning(): boolean {
    return this._abort !== null;
  }

  get progress(): IProgress | null {
    return this._progress;
  }

  get error(): IError | null {
    return this._error;
  }

  get changed(): ISignal<this, void> {
    return this._changed;
  }

  /** Download a model and return whether that succeeded. Never rejects. */
  async start(name: string): Promise<boolean> {
    if (this._abort) {
      return false;
    }
    const abort = (this._abort = new AbortController());
    this._name = name;
    this._progress = this._error = null;
    this._render.now();
    let done = true;
    try {
      for await (const event of this._server.pull(name, abort.signal)) {
        if (event.type === 'progress') {
          this._progress = event;
          this._render.soon();
        }
      }
      this._name = '';
    } catch (error) {
      done = false;
      if (isStopped(error)) {
        this._name = '';
      } else {
        this._error = asError(error);
      }
    }
    this._abort = null;
    this._render.now();
    return done;
  }

  cancel(): void {
    this._abort?.abort();
  }

  private _name = '';
  private _progress: IProgress | null = null;
  private _error: IError | null = null;
  private _abort: AbortController | null = null;
  private _changed = new Signal<this, void>(this);
  private _render = new Throttle(() => this._changed.emit());
}
