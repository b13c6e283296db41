import type {
  IError,
  IForgetReport,
  IIndexReport,
  IIndexing,
  IJob,
  IProgress
} from '../net/wire';

/** A run that indexes or removes documents, and its progress. */
export interface IRun {
  readonly id: string;
  /** The paths to index; empty when another page or program started the run. */
  readonly paths: readonly string[];
  readonly collection: string;
  readonly how?: IIndexing;
  readonly progress?: IProgress;
  /** An estimate; absent while it would be a guess. */
  readonly secondsLeft?: number;
  /** The number of documents it would index; set while it waits for the user's confirmation. */
  readonly confirmCount?: number;
  readonly report?: IIndexReport;
  readonly error?: IError;
  /** Whether the paths are removed from the index. */
  readonly isRemoval?: boolean;
  readonly removed?: IForgetReport;
  /** Whether the path is a folder of a project, whose file says what is indexed. */
  readonly isProject?: boolean;
  /** Whether the run is shown only when it fails. */
  readonly isQuiet?: boolean;
}

export type RunState = 'counting' | 'asking' | 'running' | 'failed' | 'done';

/** The state of a run; a run with failed documents counts as failed. */
export function stateOf(run: IRun): RunState {
  if (run.error || run.report?.failed.length) {
    return 'failed';
  }
  if (run.report || run.removed) {
    return 'done';
  }
  if (run.confirmCount !== undefined) {
    return 'asking';
  }
  const stage = run.progress?.stage ?? 'start';
  const isBefore = ['start', 'wait', 'list'].includes(stage);
  return isBefore && !run.isRemoval ? 'counting' : 'running';
}

/** Whether a run has ended, with or without success. */
export function isOver(run: IRun): boolean {
  return ['done', 'failed'].includes(stateOf(run));
}

/** Return a run for a job that another page or program started. */
export function foreignRun({ id, collection = '' }: IJob): IRun {
  return { id, paths: [], collection };
}

export function isForeign(run: IRun): boolean {
  return run.paths.length === 0 && !run.isRemoval;
}
