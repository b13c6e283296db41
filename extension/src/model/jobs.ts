import type { ISignal } from '@lumino/signaling';
import { Signal } from '@lumino/signaling';

import type { IServer } from '../net/server';
import type { IIndexReport, IIndexing, IJob } from '../net/wire';
import { asError } from './errors';
import { Pace } from './pace';
import type { IRun } from './run';
import { foreignRun, isForeign, isOver, stateOf } from './run';
import { Throttle } from './throttle';

/**
 * The most documents to index without asking. A folder of papers or a project has fewer; a home folder or a disk chosen
 * by mistake has more. Indexing this many takes minutes without a GPU and can be cancelled.
 */
export const ASK_ABOVE = 5000;

/** The indexing runs that this page started or found; a run continues without the page. */
export class Jobs {
  constructor(private readonly _server: IServer) {}

  /** A run with more documents than this asks the user first. */
  askAbove = ASK_ABOVE;

  get runs(): readonly IRun[] {
    return this._runs;
  }

  get changed(): ISignal<this, void> {
    return this._changed;
  }

  /** Emitted when a run has ended, so that documents may have changed. */
  get ended(): ISignal<this, IRun> {
    return this._ended;
  }

  /** Index files and folders by their contents-API paths; ask first when there are many. Never rejects. */
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

  /**
   * Index the project of a folder as its file says. Never rejects.
   *
   * @returns The project's collection once that has begun; null if it cannot.
   */
  async indexProject(path: string): Promise<string | null> {
    const run = { paths: [path], collection: '', isProject: true };
    try {
      const { collection, jobs } = await this._server.indexProject(path);
      jobs.forEach(({ id }) => void this._follow({ ...run, id, collection }));
      return collection;
    } catch (error) {
      this._put({ ...run, id: `refused-${path}`, error: asError(error) });
      return null;
    }
  }

  /** Index the documents that a run asks about. */
  async confirm({ id, paths, collection, how }: IRun): Promise<void> {
    this.dismiss(id);
    await this._begin(paths, collection, { ...how, max_documents: undefined });
  }

  /**
   * Update files in each collection whose roots contain them; the run is shown only if it fails. Never rejects.
   *
   * @returns Whether it succeeded.
   */
  async refresh(paths: readonly string[]): Promise<boolean> {
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
    return !this._runs.some(run => run.paths === paths);
  }

  /** Remove files and the contents of folders, from one collection or every one, or a whole collection. Never rejects. */
  async forget(paths: readonly string[], collection = ''): Promise<void> {
    const id = `removal-${paths.join()}-${collection}`;
    let run: IRun = { id, paths, collection, isRemoval: true };
    this._put(run);
    try {
      const removal = { paths, ...(collection && { collection }) };
      run = { ...run, removed: await this._server.forget(removal) };
    } catch (error) {
      run = { ...run, error: asError(error) };
    }
    this._put(run);
    this._ended.emit(run);
  }

  /**
   * Fetch the runs that others started. Only the active run is followed: the others wait for it, and a browser has
   * few connections for all of JupyterLab.
   */
  async resume(): Promise<void> {
    const jobs = (await this._server.jobs()).filter(
      ({ id, kind }) => kind === 'index' && !this._followed.has(id)
    );
    for (const job of jobs) {
      const run = this._runs.find(({ id }) => id === job.id);
      if (run ? isOpen(run) : job.state === 'running') {
        this._take(run ?? foreignRun(job), job);
      }
    }
    const known = new Set([
      ...this._followed.keys(),
      ...jobs.map(({ id }) => id)
    ]);
    for (const run of this._runs) {
      if (isOpen(run) && !known.has(run.id)) {
        this.dismiss(run.id);
      }
    }
    this._followActive(jobs.filter(({ state }) => state === 'running'));
  }

  cancel(id: string): void {
    const run = this._runs.find(run => run.id === id);
    if (run?.confirmCount !== undefined) {
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

  /** Start a failed run again. */
  async retry(run: IRun): Promise<void> {
    this.dismiss(run.id);
    if (run.isRemoval) {
      await this.forget(run.paths, run.collection);
    } else if (run.isQuiet) {
      await this.refresh(run.paths);
    } else if (run.isProject) {
      await this.indexProject(run.paths[0]);
    } else {
      await this.index(run.paths, run.collection, run.how);
    }
  }

  /** Hide a run that has ended. */
  dismiss(id: string): void {
    this._runs = this._runs.filter(run => run.id !== id);
    this._render.now();
  }

  /** Stop following the runs; the runs themselves continue. */
  dispose(): void {
    this._abort.abort();
    this._foreign?.abort.abort();
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

  /** Follow the active run, in place of one that waits. */
  private _followActive(waiting: readonly IJob[]): void {
    const working = waiting.find(({ progress }) => progress?.stage !== 'wait');
    const isFree = !this._foreign || this._isWaiting(this._foreign.id);
    const next = working ?? (this._foreign ? undefined : waiting[0]);
    const run = next && this._runs.find(({ id }) => id === next.id);
    if (run && isFree) {
      this._foreign?.abort.abort();
      const foreign = { id: run.id, abort: new AbortController() };
      this._foreign = foreign;
      void this._follow(run, foreign.abort.signal).then(() => {
        if (this._foreign === foreign) {
          this._foreign = null;
        }
      });
    }
  }

  private _isWaiting(id: string): boolean {
    return this._runs.some(
      run => run.id === id && run.progress?.stage === 'wait'
    );
  }

  /** Take the server's state of a run that is not followed. */
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
    const pace = new Pace();
    try {
      for await (const event of this._server.follow(run.id, signal)) {
        if (event.type === 'progress') {
          run = { ...run, progress: event, secondsLeft: pace.take(event) };
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
    const isTooMany = run.error?.code === 'too_many_documents';
    if (isTooMany && !isForeign(run)) {
      const confirmCount = run.progress?.total ?? this.askAbove;
      this._put({ ...run, confirmCount, error: undefined });
      return;
    }
    if (isTooMany || run.error?.code === 'cancelled') {
      this.dismiss(run.id);
    } else {
      if (isForeign(run)) {
        // its starter has seen the report; the reports of many runs would hide everything else
        this._runs = this._runs.filter(
          other => !isForeign(other) || !isOver(other)
        );
      }
      this._put(run);
      if (isForeign(run) && stateOf(run) === 'done') {
        this.dismiss(run.id);
      }
    }
    this._ended.emit(run);
  }

  private _put(run: IRun, soon = false): void {
    if (run.isQuiet) {
      // an earlier result for the same file is outdated
      this._runs = this._runs.filter(
        other => other.id !== run.id && !isOfSameFile(run, other)
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
  /** The runs whose progress is received, with the signal that ends it. */
  private _followed = new Map<string, AbortSignal>();
  /** The followed run that another page or program started. */
  private _foreign: { id: string; abort: AbortController } | null = null;
  private _abort = new AbortController();
  private _changed = new Signal<this, void>(this);
  private _ended = new Signal<this, IRun>(this);
  private _render = new Throttle(() => this._changed.emit());
}

/** Whether the engine still works on a run, as far as this page knows. */
function isOpen(run: IRun): boolean {
  return !isOver(run) && run.confirmCount === undefined && !run.isRemoval;
}

/** Whether both runs update the same saved file. */
function isOfSameFile(run: IRun, other: IRun): boolean {
  return (
    Boolean(other.isQuiet) &&
    other.collection === run.collection &&
    other.paths.some(path => run.paths.includes(path))
  );
}
