/**
 * Find a cited span in the text of an editor.
 *
 * The server counts characters of the decoded file, without a byte-order mark. An editor counts UTF-16 units, has one
 * unit per line end, and may keep the mark. A span is returned only when it contains the quote.
 */

// white space in either language: Python has a few kinds more
// eslint-disable-next-line no-control-regex
const SPACE = /[\s\x1c-\x1f\x85]+/g;
// eslint-disable-next-line no-control-regex
const WORD = /[^\s\x1c-\x1f\x85]+/g;

/** A span of an editor's text, in UTF-16 units. */
export interface ISpan {
  readonly from: number;
  readonly to: number;
}

/** A span as the server describes it. */
export interface ITarget {
  /** In characters of the file. */
  readonly start: number;
  readonly end: number;
  /** The text of the span; empty when the notebook withholds it. */
  readonly quote: string;
  /** The line, counted from 1, if known. */
  readonly line?: number;
}

/** Return the span with the target's text that is nearest to its expected place; null for none. */
export function spanIn(source: string, target: ITarget): ISpan | null {
  const quote = target.quote.replace(/\r\n?/g, '\n');
  const counted = [1, 2].map(size => spanByCount(source, target, size));
  const exact = counted.find(
    span =>
      span &&
      (quote
        ? source.slice(span.from, span.to) === quote
        : target.line === undefined ||
          lineAt(source, span.from) === target.line)
  );
  if (exact || !quote.trim()) {
    return exact ?? null;
  }
  const near =
    target.line === undefined
      ? (counted[0]?.from ?? source.length)
      : startOf(source, target.line);
  return search(source, quote, near);
}

/** Return the span of a text nearest to an offset; if there is none, ignore white space. */
export function search(source: string, text: string, near = 0): ISpan | null {
  const at = nearest(source, text, near);
  if (at >= 0) {
    return { from: at, to: at + text.length };
  }
  const bare = withoutSpace(source);
  const wanted = withoutSpace(text);
  const found = wanted
    ? nearest(bare, wanted, withoutSpace(source.slice(0, near)).length)
    : -1;
  return found < 0
    ? null
    : {
        from: offsetWithSpace(source, found),
        to: offsetWithSpace(source, found + wanted.length - 1) + 1
      };
}

/** Whether a source contains a text, ignoring white space. */
export function containsText(source: string, text: string): boolean {
  return withoutSpace(source).includes(withoutSpace(text));
}

/** Return the offset of a line, counted from 1; the end of the text if it has fewer lines. */
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

/** Find the target by counting characters of the file, where a line end has `size` characters. */
function spanByCount(
  source: string,
  target: ITarget,
  size: number
): ISpan | null {
  let count = 0;
  let from = -1;
  for (let at = source.startsWith('\ufeff') ? 1 : 0; ;) {
    if (from < 0 && count >= target.start) {
      from = at;
    }
    if (count >= target.end) {
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

function withoutSpace(text: string): string {
  return text.replace(SPACE, '');
}

/** Return the offset of a unit, given the number of units before it that are not white space. */
function offsetWithSpace(source: string, number: number): number {
  for (const { 0: word, index } of source.matchAll(WORD)) {
    if (number < word.length) {
      return index + number;
    }
    number -= word.length;
  }
  return source.length;
}
