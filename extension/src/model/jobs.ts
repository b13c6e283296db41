import type { ISignal } from '@lumino/signaling';
import { Signal } from '@lumino/signaling';

import type { IServer } from '../server';
import type {
  IError,
  IForgetReport,
  IIndexReport,
  IIndexing,
  IProgress
} from '../wire';
import { asError } from './problem';
import { Throttle } from './throttle';

/**
 * So many documents are indexed without asking: a folder of papers or a project has fewer, a home folder or a disk that
 * was chosen by mistake has more. They take minutes without a GPU, and can be cancelled meanwhile.
 */
export const ASK_ABOVE = 5000;

/** A run of indexing or removing, as far as it has come. */
export interface IRun {
  readonly id: string;
  /** What is indexed; empty when another page or program began it. */
  readonly paths: readonly string[];
  readonly collection: string;
  readonly how?: IIndexing;
  readonly progress?: IProgress;
  /** So many documents would be indexed; it waits for an answer. */
  readonly asks?: number;
  readonly report?: IIndexReport;
  readonly error?: IError;
  /** Whether the paths are removed from the index. */
  readonly isRemoval?: boolean;
  readonly removed?: IForgetReport;
  /** Whether it is shown only if it fails. */
  readonly isQuiet?: boolean;
}

export type RunState = 'counting' | 'asking' | 'running' | 'failed' | 'done';

/** The runs of indexing that this page began or found going on; a run goes on without the page. */
export class Jobs {
  constructor(private readonly _server: IServer) {}

  /** A run that would index more documents asks first. */
  askAbove = ASK_ABOVE;

  get runs(): readonly IRun[] {
    return this._runs;
  }

  get changed(): ISignal<this, void> {
    return this._changed;
  }

  /** Emitted when documents may have come in, or gone. */
  get ended(): ISignal<this, IRun> {
    return this._ended;
  }

  /** Index files and folders, given by their contents-API paths; asks first when it is much. Never rejects. */
  async index(
    paths: readonly string[],
    collection: string,
    how: IIndexing = {}
  ): Promise<void> {
    await this._begin(paths, collection, {
      ...how,
      max_documents: this.askAbove
    });
  }

  /** Index what a run has asked about. */
  async confirm({ id, paths, collection, how }: IRun): Promise<void> {
    this.dismiss(id);
    await this._begin(paths, collection, { ...how, max_documents: undefined });
  }

  /** Bring files up to date in each collection that has them in a root; shown only if that fails. Never rejects. */
  async refresh(paths: readonly string[]): Promise<void> {
    const run = { paths, collection: '', isQuiet: true };
    try {
      const jobs = await this._server.refresh(paths);
      await Promise.all(
        jobs.map(({ id, collection = '' }) =>
          this._follow({ ...run, id, collection, how: { refresh: true } })
        )
      );
    } catch (error) {
      this._put({
        ...run,
        id: `refused-${paths.join()}`,
        error: asError(error)
      });
    }
  }

  /** Remove files, and what lies in folders, from every collection. Never rejects. */
  async forget(paths: readonly string[]): Promise<void> {
    const id = `removal-${paths.join()}`;
    let run: IRun = { id, paths, collection: '', isRemoval: true };
    this._put(run);
    try {
      run = { ...run, removed: await this._server.forget(paths) };
    } catch (error) {
      run = { ...run, error: asError(error) };
    }
    this._put(run);
    this._ended.emit(run);
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
    const run = this._runs.find(run => run.id === id);
    if (run?.asks !== undefined) {
      this.dismiss(id);
      return;
    }
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
    if (run.isRemoval) {
      await this.forget(run.paths);
    } else if (run.isQuiet) {
      await this.refresh(run.paths);
    } else {
      await this.index(run.paths, run.collection, run.how);
    }
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

  private async _begin(
    paths: readonly string[],
    collection: string,
    how: IIndexing
  ): Promise<void> {
    try {
      const job = await this._server.index(paths, collection, how);
      await this._follow({ id: job.id, paths, collection, how });
    } catch (error) {
      const id = `refused-${paths.join()}`;
      this._put({ id, paths, collection, how, error: asError(error) });
    }
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
    if (run.error?.code === 'too_many_documents') {
      const asks = run.progress?.total_files ?? this.askAbove;
      this._put({ ...run, asks, error: undefined });
      return;
    }
    if (run.error?.code === 'cancelled') {
      this.dismiss(run.id);
    } else {
      this._put(run);
    }
    this._ended.emit(run);
  }

  private _put(run: IRun, soon = false): void {
    if (run.isQuiet) {
      // what was told of the file before does not count any more
      const { collection, paths } = run;
      this._runs = this._runs.filter(
        other =>
          !other.isQuiet ||
          other.collection !== collection ||
          !other.paths.some(path => paths.includes(path))
      );
      if (stateOf(run) !== 'failed') {
        this._render.soon();
        return;
      }
    }
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

/** How far a run is; one that left documents out has failed in part. */
export function stateOf(run: IRun): RunState {
  if (run.error || run.report?.failed.length) {
    return 'failed';
  }
  if (run.report || run.removed) {
    return 'done';
  }
  if (run.asks !== undefined) {
    return 'asking';
  }
  const stage = run.progress?.stage ?? 'start';
  const isBefore = ['start', 'wait', 'list'].includes(stage);
  return isBefore && !run.isRemoval ? 'counting' : 'running';
}

/** Whether a run has ended, well or not. */
export function isOver(run: IRun): boolean {
  return ['done', 'failed'].includes(stateOf(run));
}
