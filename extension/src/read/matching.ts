/** How many letters of a quote's beginning, and of its end, tell where it is when not all of it is found. */
const TELLING = 24;

/** A part of one item's text, in UTF-16 units. */
export interface IStretch {
  readonly item: number;
  readonly from: number;
  readonly to: number;
}

/**
 * Return the parts of the items of a page that a quote consists of; none if it is not there.
 *
 * White space and hyphens are ignored, and so are ligatures and capitals, because a page may break a word where the quote
 * does not. A quote that is not there as a whole is found by its beginning and its end.
 */
export function stretches(items: readonly string[], quote: string): IStretch[] {
  const places: { item: number; at: number }[] = [];
  let page = '';
  items.forEach((text, item) => {
    for (let at = 0; at < text.length; at++) {
      const letters = bare(text[at]);
      page += letters;
      for (let count = 0; count < letters.length; count++) {
        places.push({ item, at });
      }
    }
  });
  const [from, to] = span(page, bare(quote));
  const found = new Map<number, IStretch>();
  for (const { item, at } of places.slice(from, to)) {
    const begun = found.get(item);
    found.set(item, { item, from: begun?.from ?? at, to: at + 1 });
  }
  return [...found.values()];
}

function span(page: string, quote: string): [number, number] {
  const whole = quote ? page.indexOf(quote) : -1;
  if (whole >= 0) {
    return [whole, whole + quote.length];
  }
  if (quote.length < 2 * TELLING) {
    return [0, 0];
  }
  const from = page.indexOf(quote.slice(0, TELLING));
  const end = quote.slice(-TELLING);
  const at = from < 0 ? -1 : page.indexOf(end, from + TELLING);
  return at < 0 || at - from > 2 * quote.length
    ? [0, 0]
    : [from, at + end.length];
}

function bare(text: string): string {
  return text
    .normalize('NFKC')
    .toLowerCase()
    .replace(/[\s\u00ad\u2010\u2011-]+/g, '');
}
