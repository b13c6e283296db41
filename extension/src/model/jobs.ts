import type { ISignal } from '@lumino/signaling';
import { Signal } from '@lumino/signaling';

import type { IServer } from '../server';
import type { IError, IIndexReport, IJob, IProgress } from '../wire';
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

  /**
   * Look at what goes on elsewhere. Only the run that is at work is followed: the others wait for it, and a
   * browser has few connections for all of JupyterLab.
   */
  async resume(): Promise<void> {
    const jobs = (await this._server.jobs()).filter(
      ({ id, kind }) => kind === 'index' && !this._followed.has(id)
    );
    for (const job of jobs) {
      const run = this._runs.find(({ id }) => id === job.id);
      if (run ? !isOver(run) : job.state === 'running') {
        this._take(run ?? begun(job), job);
      }
    }
    const known = new Set([
      ...this._followed.keys(),
      ...jobs.map(({ id }) => id)
    ]);
    for (const run of this._runs) {
      if (!isOver(run) && !known.has(run.id)) {
        this.dismiss(run.id);
      }
    }
    this._attend(jobs.filter(({ state }) => state === 'running'));
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
    this._attended?.abort.abort();
    this._render.cancel();
  }

  /** Follow the run that is at work, and no longer one that has to wait. */
  private _attend(waiting: readonly IJob[]): void {
    const working = waiting.find(({ progress }) => progress?.stage !== 'wait');
    const isFree = !this._attended || this._isWaiting(this._attended.id);
    const next = working ?? (this._attended ? undefined : waiting[0]);
    const run = next && this._runs.find(({ id }) => id === next.id);
    if (run && isFree) {
      this._attended?.abort.abort();
      const attended = { id: run.id, abort: new AbortController() };
      this._attended = attended;
      void this._follow(run, attended.abort.signal).then(() => {
        if (this._attended === attended) {
          this._attended = null;
        }
      });
    }
  }

  private _isWaiting(id: string): boolean {
    return this._runs.some(
      run => run.id === id && run.progress?.stage === 'wait'
    );
  }

  /** Take over what is told of a run that is not followed. */
  private _take(run: IRun, { state, progress, result, error }: IJob): void {
    if (state === 'running') {
      this._put({ ...run, progress });
    } else {
      const report = result as IIndexReport | undefined;
      this._end({ ...run, report, error });
    }
  }

  private async _follow(run: IRun, signal = this._abort.signal): Promise<void> {
    this._followed.set(run.id, signal);
    this._put(run);
    try {
      for await (const event of this._server.follow(run.id, signal)) {
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
    if (this._followed.get(run.id) === signal) {
      this._followed.delete(run.id);
      if (run.error?.code !== 'stopped') {
        this._end(run);
      }
    }
  }

  private _end(run: IRun): void {
    if (run.error?.code === 'cancelled') {
      this.dismiss(run.id);
    } else {
      if (isElsewhere(run)) {
        // who began it was told; the reports of many runs would hide all else
        this._runs = this._runs.filter(
          other => !isElsewhere(other) || !isOver(other)
        );
      }
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
  /** Those whose progress is being received, and what ends that. */
  private _followed = new Map<string, AbortSignal>();
  /** The one of them that was begun elsewhere. */
  private _attended: { id: string; abort: AbortController } | null = null;
  private _abort = new AbortController();
  private _changed = new Signal<this, void>(this);
  private _ended = new Signal<this, IRun>(this);
  private _render = new Throttle(() => this._changed.emit());
}

function begun({ id, collection = '' }: IJob): IRun {
  return { id, paths: [], collection };
}

function isElsewhere(run: IRun): boolean {
  return run.paths.length === 0;
}

/** Whether a run has ended, well or not. */
export function isOver(run: IRun): boolean {
  return Boolean(run.report || run.error);
}
