import * as React from 'react';

import type { ICited, IHit } from '../net/wire';

/** So many characters before and after a quote are its surroundings. */
const AROUND = 240;

/** A line of this part of the longest goes on in the next. */
const FULL = 0.75;
const ITEM = /^\s*([•◦▪‣*–-]|\d+[.)])\s/;

/** A passage as plain text, with a stretch of it marked; offsets count characters, not code units. */
export function Marked(props: {
  text: string;
  from?: number;
  to?: number;
  /** Whether only the surroundings of what is marked are shown. */
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

/** The text of a passage as it is read: of a printed page, its lines flow. */
export function textOf({ text, anchor }: IHit): string {
  return anchor.page === undefined ? text : flowed(text);
}

/**
 * Text without the line ends of its print; as long as before. Short lines end where they do, as those of headings
 * and tables, and so do lines before an item of a list.
 */
export function flowed(text: string): string {
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

/** The passage that a citation is taken from. */
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
