import type { ISignal } from '@lumino/signaling';
import { Signal } from '@lumino/signaling';

import type { IServer } from '../net/server';
import type { ICheck, IDiagnosis, IError } from '../net/wire';
import { asError } from './problem';

/** What the doctor found where the Jupyter server runs, and whether the checks are being made. */
export class Checks {
  constructor(private readonly _server: IServer) {}

  /** What was found last; stays while it is looked again. */
  get diagnosis(): IDiagnosis | null {
    return this._diagnosis;
  }

  /** Why nothing could be looked at. */
  get error(): IError | null {
    return this._error;
  }

  get isRunning(): boolean {
    return this._running;
  }

  get changed(): ISignal<this, void> {
    return this._changed;
  }

  /** Make the checks. Never rejects. */
  async run(): Promise<void> {
    if (this._running) {
      return;
    }
    this._running = true;
    this._error = null;
    this._changed.emit();
    try {
      this._diagnosis = await this._server.doctor();
    } catch (error) {
      this._error = asError(error);
    }
    this._running = false;
    this._changed.emit();
  }

  private _diagnosis: IDiagnosis | null = null;
  private _error: IError | null = null;
  private _running = false;
  private _changed = new Signal<this, void>(this);
}

/** How a check came out; a warning is about what can be done without. */
export type Outcome = 'ok' | 'warning' | 'failed';

export function outcomeOf(check: ICheck): Outcome {
  return check.ok ? 'ok' : check.needed ? 'failed' : 'warning';
}
