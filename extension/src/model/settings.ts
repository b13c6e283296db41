import type { ISignal } from '@lumino/signaling';
import { Signal } from '@lumino/signaling';

import type { IServer } from '../net/server';
import type { IError, ISettings, SettingValues } from '../net/wire';
import { asError } from './errors';

/** The settings of the user's configuration file that the panel's form shows. */
export class Settings {
  constructor(private readonly _server: IServer) {}

  /** The settings that hold; null until they are loaded. */
  get known(): ISettings | null {
    return this._known;
  }

  /** Why they could not be loaded or saved. */
  get error(): IError | null {
    return this._error;
  }

  get changed(): ISignal<this, void> {
    return this._changed;
  }

  /** Fetch them, for whoever edited the file. Never rejects. */
  async load(): Promise<void> {
    await this._take(this._server.settings());
  }

  /** Write what differs from the known values; return whether all is saved. Never rejects. */
  async save(values: SettingValues): Promise<boolean> {
    const changes: Partial<SettingValues> = Object.fromEntries(
      Object.entries(values).filter(
        ([name, value]) =>
          this._known?.values[name as keyof SettingValues] !== value
      )
    );
    return (
      Object.keys(changes).length === 0 ||
      this._take(this._server.changeSettings(changes))
    );
  }

  private async _take(reply: Promise<ISettings>): Promise<boolean> {
    try {
      this._known = await reply;
      this._error = null;
    } catch (error) {
      this._error = asError(error);
    }
    this._changed.emit();
    return this._error === null;
  }

  private _known: ISettings | null = null;
  private _error: IError | null = null;
  private _changed = new Signal<this, void>(this);
}
