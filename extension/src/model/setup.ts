import type { ISignal } from '@lumino/signaling';
import { Signal } from '@lumino/signaling';
import type { TranslationBundle } from '@jupyterlab/translation';

import { RequestError } from '../net/request';
import type { IServer } from '../net/server';
import type {
  IAttachment,
  IError,
  IModel,
  IModels,
  IStatus
} from '../net/wire';
import { asError } from './errors';

const LOOPBACK = /^(https?:\/\/)?(localhost|127(\.\d+){3}|\[::1\])(:\d+)?\/?$/;

/** How long the list of chat models is taken for current, in milliseconds. */
const LOOK_MS = 3000;

/** What the panel needs to answer: the server extension, documents and chat models. */
export class Setup {
  constructor(
    private readonly _server: IServer,
    private readonly _version: string,
    private readonly _trans: TranslationBundle
  ) {}

  get status(): IStatus | null {
    return this._status;
  }

  get models(): IModels | null {
    return this._models;
  }

  /** Why nothing works. */
  get error(): IError | null {
    return this._error;
  }

  /** Why there is no chat model; answers are extractive then. */
  get modelsError(): IError | null {
    return this._modelsError;
  }

  /** The chat models on this machine. */
  get chatModels(): IModel[] {
    const models = this._models?.models ?? [];
    return models.filter(model => model.chats && !model.remote);
  }

  /** The address of the chat model's server when that is another machine, which only the user's settings allow. */
  get elsewhere(): string {
    const address = this._models?.address ?? '';
    return address && !LOOPBACK.test(address) ? address : '';
  }

  get changed(): ISignal<this, void> {
    return this._changed;
  }

  /** Fetch everything again; the old values stay until the new ones arrive. Never rejects. */
  async check(): Promise<void> {
    if (this._checking) {
      return;
    }
    this._checking = true;
    this._changed.emit();
    try {
      this._compare(await this._server.version());
      this._status = await this._server.status();
      this._error = null;
      this._changed.emit();
      await this.checkModels();
    } catch (error) {
      this._error = asError(error);
    }
    this._checking = false;
    this._changed.emit();
  }

  /** Fetch the index's status again; the next question reports a failure. */
  async checkDocuments(): Promise<void> {
    try {
      this._status = await this._server.status();
      this._changed.emit();
    } catch {
      // keep the last known status
    }
  }

  /** Fetch the chat models again, which other programs may have downloaded; at most once in some seconds. */
  async lookForModels(): Promise<void> {
    const now = Date.now();
    if (this._status && now - this._looked >= LOOK_MS) {
      this._looked = now;
      await this.checkModels();
    }
  }

  async checkModels(): Promise<void> {
    try {
      this._models = await this._server.models();
      this._modelsError = null;
    } catch (error) {
      this._models = null;
      this._modelsError = asError(error);
    }
    this._changed.emit();
  }

  /** What a collection follows on a server; undefined for one of files that are indexed here. */
  sharedOf(collection: string): IAttachment | undefined {
    const known = this._status?.collections ?? [];
    return known.find(({ name }) => name === collection)?.shared;
  }

  /** The server to which the vector of a question to some collections goes; empty for none. */
  vectorTo(asked: readonly string[]): string {
    const shared = asked.map(name => this.sharedOf(name));
    const found = shared.find(one => one?.vectors === 'remote');
    return found?.address.replace(/^https?:\/\//, '') ?? '';
  }

  private _compare(version: string): void {
    if (version !== this._version) {
      throw new RequestError(
        'version_mismatch',
        this._trans.__(
          'This page has version %1 of jupyter-localai; the server has version %2.',
          this._version,
          version
        ),
        this._trans.__(
          'Restart the Jupyter server and reload this page. If that does not help, reinstall jupyter-localai where JupyterLab runs.'
        )
      );
    }
  }

  private _status: IStatus | null = null;
  private _models: IModels | null = null;
  private _error: IError | null = null;
  private _modelsError: IError | null = null;
  private _checking = false;
  private _looked = -Infinity;
  private _changed = new Signal<this, void>(this);
}
