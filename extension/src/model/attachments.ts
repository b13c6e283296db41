import type { ISignal } from '@lumino/signaling';
import { Signal } from '@lumino/signaling';

/** The text attached to the next question, and the document that questions are limited to. */
export class Attachments {
  /** The text attached to the next question; empty for none. See `attachedText`. */
  get text(): string {
    return this._text;
  }

  /** The contents path of the file that the text comes from; empty when that is not known. */
  get path(): string {
    return this._path;
  }

  /** The contents path of the document that questions are limited to; empty for all documents. */
  get document(): string {
    return this._document;
  }

  get changed(): ISignal<this, void> {
    return this._changed;
  }

  /** Attach a text to the next question, in place of an earlier one. */
  attach(text: string, path = ''): void {
    this._text = text;
    this._path = path;
    this._changed.emit();
  }

  detach(): void {
    this.attach('');
  }

  /** Limit questions to one document; an empty path lifts the limit. */
  limit(document: string): void {
    this._document = document;
    this._changed.emit();
  }

  /** Restore what was set before the page was reloaded, unless something newer is set. */
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
