/** How many words of a quote's beginning and of its end are searched for; more may be written otherwise in the PDF. */
const FIRST = 8;
const LAST = 5;

/**
 * Return the fragment by which Chromium's PDF viewer shows a page in its full width and marks a quote.
 *
 * The viewer finds the quote by its first and last words. A word at the end of a line may be hyphenated there, so it is
 * left out where others are enough.
 */
export function pdfFragment(page: number, quote: string): string {
  const lines = quote
    .split('\n')
    .map(line => line.split(/\s+/).filter(Boolean))
    .filter(words => words.length > 0);
  const words = lines.flat();
  const view = `#page=${page}&navpanes=0`;
  if (words.length === 0) {
    return view;
  }
  if (lines.length === 1 && words.length <= FIRST + LAST) {
    return `${view}:~:text=${encoded(words)}`;
  }
  const first = lines[0];
  const last = lines[lines.length - 1];
  const begin = first.length > 3 ? first.slice(0, -1) : words.slice(0, 3);
  const end = last.length > 3 ? last.slice(1) : words.slice(-3);
  return `${view}:~:text=${encoded(begin.slice(0, FIRST))},${encoded(end.slice(-LAST))}`;
}

/** Words as a part of a text directive, where a hyphen and a comma have a meaning. */
function encoded(words: readonly string[]): string {
  return encodeURIComponent(words.join(' ')).replace(/-/g, '%2D');
}
