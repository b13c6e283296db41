/**
 * Where a cited span stands in the text of an editor.
 *
 * The server counts characters of the decoded file, without a byte-order mark; an editor counts UTF-16 units, has one
 * unit for each end of a line, and may keep the mark. What is found says what was cited, or it is not found.
 */

// white space in either language: Python has a few kinds more
// eslint-disable-next-line no-control-regex
const SPACE = /[\s\x1c-\x1f\x85]+/g;
// eslint-disable-next-line no-control-regex
const WORD = /[^\s\x1c-\x1f\x85]+/g;

/** A stretch of an editor's text, in UTF-16 units. */
export interface ISpan {
  readonly from: number;
  readonly to: number;
}

export interface IWanted {
  /** In characters of the file. */
  readonly start: number;
  readonly end: number;
  /** What stands there; empty where that is kept out of a notebook. */
  readonly quote: string;
  /** Counted from 1, as far as it is known. */
  readonly line?: number;
}

/** Return the span that says what is wanted and is nearest to where it should be; null when none does. */
export function spanIn(source: string, wanted: IWanted): ISpan | null {
  const quote = wanted.quote.replace(/\r\n?/g, '\n');
  const counted = [1, 2].map(size => counting(source, wanted, size));
  const exact = counted.find(
    span =>
      span &&
      (quote
        ? source.slice(span.from, span.to) === quote
        : wanted.line === undefined ||
          lineAt(source, span.from) === wanted.line)
  );
  if (exact || !quote.trim()) {
    return exact ?? null;
  }
  const near =
    wanted.line === undefined
      ? (counted[0]?.from ?? source.length)
      : startOf(source, wanted.line);
  return search(source, quote, near);
}

/** Return the span of a text that is nearest to an offset; white space does not count where it has to. */
export function search(source: string, text: string, near = 0): ISpan | null {
  const at = nearest(source, text, near);
  if (at >= 0) {
    return { from: at, to: at + text.length };
  }
  const bare = stripped(source);
  const wanted = stripped(text);
  const found = wanted
    ? nearest(bare, wanted, stripped(source.slice(0, near)).length)
    : -1;
  return found < 0
    ? null
    : {
        from: unstripped(source, found),
        to: unstripped(source, found + wanted.length - 1) + 1
      };
}

/** Whether a text stands in another one, whatever its white space. */
export function says(source: string, text: string): boolean {
  return stripped(source).includes(stripped(text));
}

/** The offset at which a line begins, counted from 1; the end of a text that has fewer. */
export function startOf(source: string, line: number): number {
  let at = 0;
  for (let number = 1; number < line; number++) {
    const end = source.indexOf('\n', at);
    if (end < 0) {
      return source.length;
    }
    at = end + 1;
  }
  return at;
}

function lineAt(source: string, at: number): number {
  return source.slice(0, at).split('\n').length;
}

/** Count characters of the file, in which the end of a line has `size` of them. */
function counting(source: string, wanted: IWanted, size: number): ISpan | null {
  let count = 0;
  let from = -1;
  for (let at = source.startsWith('\ufeff') ? 1 : 0; ;) {
    if (from < 0 && count >= wanted.start) {
      from = at;
    }
    if (count >= wanted.end) {
      return { from, to: at };
    }
    if (at >= source.length) {
      return null;
    }
    count += source[at] === '\n' ? size : 1;
    at += source.codePointAt(at)! > 0xffff ? 2 : 1;
  }
}

function nearest(source: string, text: string, near: number): number {
  const before = source.lastIndexOf(text, near);
  const after = source.indexOf(text, near);
  return before < 0 || (after >= 0 && after - near < near - before)
    ? after
    : before;
}

function stripped(text: string): string {
  return text.replace(SPACE, '');
}

/** The offset of a unit, given by how many that are no white space precede it. */
function unstripped(source: string, number: number): number {
  for (const { 0: word, index } of source.matchAll(WORD)) {
    if (number < word.length) {
      return index + number;
    }
    number -= word.length;
  }
  return source.length;
}
