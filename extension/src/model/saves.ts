import type { Jobs } from './jobs';

/** How long to wait after the last save before files are indexed again, in milliseconds. */
export const REST_MS = 500;

/** Updates files in the index soon after they are saved, renamed or deleted, several in one request. */
export class Saves {
  constructor(private readonly _jobs: Jobs) {}

  /** Note that files or folders changed, by their contents-API paths. */
  note(...paths: readonly string[]): void {
    paths.forEach(path => this._waiting.add(path));
    clearTimeout(this._timer);
    if (!this._busy && this._waiting.size) {
      this._timer = setTimeout(() => void this._flush(), REST_MS);
    }
  }

  dispose(): void {
    clearTimeout(this._timer);
    this._waiting.clear();
  }

  private async _flush(): Promise<void> {
    const paths = [...this._waiting];
    this._waiting.clear();
    this._busy = true;
    await this._jobs.refresh(paths);
    this._busy = false;
    if (this._waiting.size) {
      this.note();
    }
  }

  private _waiting = new Set<string>();
  private _busy = false;
  private _timer: ReturnType<typeof setTimeout> | undefined;
}
