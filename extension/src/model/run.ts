import type {
  IError,
  IForgetReport,
  IIndexReport,
  IIndexing,
  IJob,
  IProgress
} from '../net/wire';

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

/** The run of a job that another page or program began. */
export function begunElsewhere({ id, collection = '' }: IJob): IRun {
  return { id, paths: [], collection };
}

export function isElsewhere(run: IRun): boolean {
  return run.paths.length === 0;
}
