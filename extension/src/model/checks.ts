import type { ISignal } from '@lumino/signaling';
import { Signal } from '@lumino/signaling';

import type { IServer } from '../net/server';
import type { ICheck, IDiagnosis, IError } from '../net/wire';
import { asError } from './errors';

/** The doctor's diagnosis of the Jupyter server's machine, and whether the doctor is running. */
export class Checks {
  constructor(private readonly _server: IServer) {}

  /** The last diagnosis; it stays while a new one is made. */
  get diagnosis(): IDiagnosis | null {
    return this._diagnosis;
  }

  /** Why the doctor could not run. */
  get error(): IError | null {
    return this._error;
  }

  get isRunning(): boolean {
    return this._running;
  }

  get changed(): ISignal<this, void> {
    return this._changed;
  }

  /** Run the checks. Never rejects. */
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

/** The outcome of a check; `warning` means that an optional part is missing. */
export type Outcome = 'ok' | 'warning' | 'failed';

export function outcomeOf(check: ICheck): Outcome {
  return check.ok ? 'ok' : check.needed ? 'failed' : 'warning';
}
