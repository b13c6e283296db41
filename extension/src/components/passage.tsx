import * as React from 'react';

import type { ICited, IHit } from '../net/wire';

/** The number of characters to show before and after a quote. */
const AROUND = 240;

/** A line at least this share of the longest one continues on the next line. */
const FULL = 0.75;
const ITEM = /^\s*([•◦▪‣*–-]|\d+[.)])\s/;

/** A passage as plain text with a highlighted span; offsets count characters, not code units. */
export function Highlight(props: {
  text: string;
  from?: number;
  to?: number;
  /** Whether to show only the surroundings of the span. */
  isShort?: boolean;
}): JSX.Element {
  const { text, from = 0, to = 0, isShort } = props;
  const letters = Array.from(text);
  const part = (start: number, end: number): string =>
    letters.slice(Math.max(0, start), end).join('');
  if (!(0 <= from && from < to && to <= letters.length)) {
    return <>{isShort ? clipped(part(0, 2 * AROUND), letters) : text}</>;
  }
  const first = isShort ? from - AROUND : 0;
  const last = isShort ? to + AROUND : letters.length;
  return (
    <>
      {first > 0 && '… '}
      {part(first, from)}
      <mark>{part(from, Math.min(to, isShort ? from + 3 * AROUND : to))}</mark>
      {part(to, last)}
      {last < letters.length && ' …'}
    </>
  );
}

/** The text of a passage for reading; lines of a printed page are joined. */
export function textOf({ text, anchor }: IHit): string {
  return anchor.page === undefined ? text : joinLines(text);
}

/**
 * Join the lines of printed text without changing its length. Short lines, as in headings and tables, and lines before
 * a list item keep their line end.
 */
export function joinLines(text: string): string {
  const lines = text.split('\n');
  const full =
    FULL * lines.reduce((most, line) => Math.max(most, line.length), 0);
  return lines
    .map((line, number) => {
      const next = lines[number + 1];
      if (next === undefined) {
        return line;
      }
      return line + (line.length < full || ITEM.test(next) ? '\n' : ' ');
    })
    .join('');
}

/** The passage that contains a citation. */
export function passageOf(
  cited: ICited,
  passages: readonly IHit[]
): IHit | undefined {
  return passages.find(
    hit =>
      hit.path === cited.path &&
      hit.start <= cited.start &&
      cited.end <= hit.end
  );
}

function clipped(text: string, letters: readonly string[]): string {
  return letters.length > 2 * AROUND ? `${text} …` : text;
}
