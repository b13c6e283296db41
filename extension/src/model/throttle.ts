/** The shortest time between two drawings of a growing answer, in milliseconds. */
export const RENDER_MS = 100;

/** Calls a function at most once per `RENDER_MS`. */
export class Throttle {
  constructor(private readonly _call: () => void) {}

  soon(): void {
    this._timer ??= setTimeout(() => this.now(), RENDER_MS);
  }

  now(): void {
    this.cancel();
    this._call();
  }

  cancel(): void {
    clearTimeout(this._timer);
    this._timer = undefined;
  }

  private _timer: ReturnType<typeof setTimeout> | undefined;
}
