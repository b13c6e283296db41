import type { IAnswer } from '../net/wire';

/**
 * The quotes that an extractive answer consists of, one per citation; null for any other answer, and where a notebook
 * withholds them. A row of a table has the names of its columns in the answer, and not in the quote.
 */
export function quotesOf({
  mode,
  text,
  citations
}: IAnswer): readonly string[] | null {
  if (
    mode !== 'extractive' ||
    citations.length === 0 ||
    citations.some(({ quote }) => !quote)
  ) {
    return null;
  }
  const said = text.split('\n\n');
  return citations.map(({ marker, quote }, place) => {
    const end = ` [${marker}]`;
    return said.length === citations.length &&
      quote.includes(' | ') &&
      said[place].endsWith(end)
      ? said[place].slice(0, -end.length)
      : quote;
  });
}
