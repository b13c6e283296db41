import type { ISignal } from '@lumino/signaling';
import { Signal } from '@lumino/signaling';

import type { IServer } from '../server';
import type { IError, IIndexReport, IProgress } from '../wire';
import { asError } from './problem';
import { Throttle } from './throttle';

/** A run of indexing, as far as it has come. */
export interface IRun {
  readonly id: string;
  /** What is indexed; empty when another page or program began it. */
  readonly paths: readonly string[];
  readonly collection: string;
  readonly progress?: IProgress;
  readonly report?: IIndexReport;
  readonly error?: IError;
}

/** The runs of indexing that this page began or found going on; a run goes on without the page. */
export class Jobs {
  constructor(private readonly _server: IServer) {}

  get runs(): readonly IRun[] {
    return this._runs;
  }

  get changed(): ISignal<this, void> {
    return this._changed;
  }

  /** Emitted when documents may have come in. */
  get ended(): ISignal<this, IRun> {
    return this._ended;
  }

  /** Index files and folders, given by their contents-API paths. Never rejects. */
  async index(paths: readonly string[], collection: string): Promise<void> {
    try {
      const job = await this._server.index(paths, collection);
      await this._follow({ id: job.id, paths, collection });
    } catch (error) {
      const id = `refused-${paths.join()}`;
      this._put({ id, paths, collection, error: asError(error) });
    }
  }

  /** Follow what already goes on. */
  async resume(): Promise<void> {
    const known = new Set(this._runs.map(run => run.id));
    for (const job of await this._server.jobs()) {
      if (
        job.kind === 'index' &&
        job.state === 'running' &&
        !known.has(job.id)
      ) {
        const { id, collection = '' } = job;
        void this._follow({ id, paths: [], collection });
      }
    }
  }

  cancel(id: string): void {
    this._server.cancel(id).catch(error => {
      const run = this._runs.find(run => run.id === id);
      if (run && !isOver(run)) {
        this._put({ ...run, error: asError(error) });
      }
    });
  }

  /** Begin a run again that failed. */
  async retry(run: IRun): Promise<void> {
    this.dismiss(run.id);
    await this.index(run.paths, run.collection);
  }

  /** Show a run that is over no more. */
  dismiss(id: string): void {
    this._runs = this._runs.filter(run => run.id !== id);
    this._render.now();
  }

  /** Stop following; the runs themselves go on. */
  dispose(): void {
    this._abort.abort();
    this._render.cancel();
  }

  private async _follow(run: IRun): Promise<void> {
    this._put(run);
    try {
      for await (const event of this._server.follow(
        run.id,
        this._abort.signal
      )) {
        if (event.type === 'progress') {
          run = { ...run, progress: event };
          this._put(run, true);
        } else if (event.type === 'result') {
          run = { ...run, report: event.value };
        }
      }
    } catch (error) {
      run = { ...run, error: asError(error) };
    }
    if (run.error?.code === 'cancelled') {
      this.dismiss(run.id);
    } else {
      this._put(run);
    }
    this._ended.emit(run);
  }

  private _put(run: IRun, soon = false): void {
    const place = this._runs.findIndex(other => other.id === run.id);
    this._runs =
      place < 0
        ? [...this._runs, run]
        : this._runs.map(other => (other.id === run.id ? run : other));
    if (soon) {
      this._render.soon();
    } else {
      this._render.now();
    }
  }

  private _runs: readonly IRun[] = [];
  private _abort = new AbortController();
  private _changed = new Signal<this, void>(this);
  private _ended = new Signal<this, IRun>(this);
  private _render = new Throttle(() => this._changed.emit());
}

/** Whether a run has ended, well or not. */
export function isOver(run: IRun): boolean {
  return Boolean(run.report || run.error);
}
