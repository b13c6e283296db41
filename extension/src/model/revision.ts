import type { ISignal } from '@lumino/signaling';
import { Signal } from '@lumino/signaling';

/** The question that is being put in other words: where it stands, and the draft it took the place of. */
export class Revision {
  /** The position of the turn that the next question replaces; null for none. */
  get place(): number | null {
    return this._place;
  }

  get changed(): ISignal<this, void> {
    return this._changed;
  }

  /** Begin at a turn; `draft` comes back when nothing is asked after all. */
  begin(place: number, draft: string): void {
    this._draft = this._place === null ? draft : this._draft;
    this._place = place;
    this._changed.emit();
  }

  /** Return the earlier draft, and replace nothing. */
  end(): string {
    const draft = this._draft;
    this._place = null;
    this._draft = '';
    this._changed.emit();
    return draft;
  }

  private _place: number | null = null;
  private _draft = '';
  private _changed = new Signal<this, void>(this);
}
