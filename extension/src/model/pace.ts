import type { IProgress } from '../net/wire';

/** Before this share or time, an estimate would jump about. */
const LEAST_SHARE = 0.05;
const LEAST_MS = 3000;

/** Estimates the time left of a run from how long its current stage took so far. */
export class Pace {
  constructor(private readonly _now: () => number = () => performance.now()) {}

  /** Return the seconds left after some progress; undefined while that is a guess. */
  take({ stage, unit, done = 0, total }: IProgress): number | undefined {
    const share = total ? done / total : 0;
    const kind = `${stage} ${unit} ${total}`;
    if (kind !== this._kind) {
      this._kind = kind;
      this._began = this._now();
      this._first = share;
    }
    const passed = this._now() - this._began;
    const gained = share - this._first;
    return gained < LEAST_SHARE || passed < LEAST_MS || share >= 1
      ? undefined
      : (passed * (1 - share)) / gained / 1000;
  }

  private _kind = '';
  private _began = 0;
  private _first = 0;
}
