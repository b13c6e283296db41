import type { ISignal } from '@lumino/signaling';
import { Signal } from '@lumino/signaling';

/** What the next question is about, and what the questions are limited to. */
export class Attachments {
  /** The text that the next question is about; empty for none. See `attachedText`. */
  get text(): string {
    return this._text;
  }

  /** The contents path of the file that the text comes from; empty when that is not known. */
  get path(): string {
    return this._path;
  }

  /** The contents path of the only document that is asked; empty for all. */
  get document(): string {
    return this._document;
  }

  get changed(): ISignal<this, void> {
    return this._changed;
  }

  /** Have the next question be about a text; it takes the place of another. */
  attach(text: string, path = ''): void {
    this._text = text;
    this._path = path;
    this._changed.emit();
  }

  detach(): void {
    this.attach('');
  }

  /** Ask one document only; or all again, for an empty path. */
  limit(document: string): void {
    this._document = document;
    this._changed.emit();
  }

  /** Bring back what was there before the page was loaded anew, unless something else has come. */
  restore(text: string, document: string): void {
    this._text ||= text;
    this._document ||= document;
    this._changed.emit();
  }

  private _text = '';
  private _path = '';
  private _document = '';
  private _changed = new Signal<this, void>(this);
}
