import { containsText, search, spanIn, startOf } from '../../src/open/span';

/** What a file's text becomes in JupyterLab's editor. */
function edited(text: string): string {
  return text.includes('\r\n')
    ? text.replace(/\r\n/g, '\n')
    : text.replace(/\r/g, '\n');
}

/** The offset of a text in characters, as the server counts them: without a byte-order mark. */
function characters(
  file: string,
  text: string
): { start: number; end: number } {
  const counted = file.replace(/^\ufeff/, '');
  const start = Array.from(counted.slice(0, counted.indexOf(text))).length;
  return { start, end: start + Array.from(text).length };
}

const QUOTE = 'The 𝔤auge\twas offline 😀 in March.';

test.each([
  ['LF', `# Log\n\n😀😀\n${QUOTE}\n`],
  ['CRLF', `# Log\r\n\r\n😀😀\r\n${QUOTE}\r\n`],
  ['CR', `# Log\r\r😀😀\r${QUOTE}\r`],
  ['a byte-order mark', `\ufeff# Log\n\n${QUOTE}\n`],
  ['a byte-order mark and CRLF', `\ufeff# Log\r\n\r\n${QUOTE}\r\n`],
  ['tabs', `\t\tx\n\t${QUOTE}`],
  ['mixed line ends', `a\nb\r\nc\n${QUOTE}\r\n`],
  ['letters of two characters', `e\u0301 👩‍🔬 日本\n${QUOTE}`]
])('a quote is found in a file with %s', (_, file) => {
  const source = edited(file);
  const line = source.slice(0, source.indexOf(QUOTE)).split('\n').length;
  const wanted = { ...characters(file, QUOTE), line };
  const found = spanIn(source, { ...wanted, quote: QUOTE })!;
  expect(source.slice(found.from, found.to)).toBe(QUOTE);
  // an editor may have dropped the mark
  const bare = source.replace(/^\ufeff/, '');
  const again = spanIn(bare, { ...wanted, quote: QUOTE })!;
  expect(bare.slice(again.from, again.to)).toBe(QUOTE);
});

test('of equal quotes the one that is cited is found', () => {
  const source = 'Same.\nSame.\nSame.\n';
  const spans = [0, 6, 12].map(
    start => spanIn(source, { start, end: start + 5, quote: 'Same.' })!.from
  );
  expect(spans).toEqual([0, 6, 12]);
  // in a file with CRLF, too
  const second = { start: 7, end: 12, quote: 'Same.', line: 2 };
  expect(spanIn(source, second)!.from).toBe(6);
});

test('a quote that moved is found near its line', () => {
  const source = `New.\n\n${QUOTE}\n\n${'x\n'.repeat(50)}${QUOTE}\n`;
  const found = spanIn(source, { start: 0, end: 10, quote: QUOTE, line: 50 })!;
  expect(found.from).toBe(source.lastIndexOf(QUOTE));
});

test('white space does not count where it has changed', () => {
  const source = 'a\nThe gauge\n   was  offline.\nb';
  const quote = 'The gauge was offline.';
  const found = spanIn(source, { start: 9, end: 31, quote, line: 1 })!;
  expect(source.slice(found.from, found.to)).toBe(
    'The gauge\n   was  offline.'
  );
});

test('a quote over several lines of a file with CRLF', () => {
  const file = 'x\r\nOne 😀\r\ntwo\r\nthree\r\n';
  const quote = 'One 😀\r\ntwo';
  const source = edited(file);
  const found = spanIn(source, { ...characters(file, quote), quote })!;
  expect(source.slice(found.from, found.to)).toBe('One 😀\ntwo');
});

test('what is not there is not found', () => {
  expect(spanIn('Nothing.', { start: 0, end: 5, quote: 'Gauge' })).toBeNull();
  expect(spanIn('', { start: 0, end: 0, quote: 'x' })).toBeNull();
  expect(search('', '')).not.toBeUndefined();
});

test('without its quote a span counts only on the line that is cited', () => {
  const source = 'One.\nTwo.\nThree.\n';
  const wanted = { start: 6, end: 10, quote: '' };
  // six characters in are on line 2, whether an end of a line is one or two
  expect(spanIn(source, { ...wanted, line: 2 })).toEqual({ from: 6, to: 10 });
  expect(spanIn(source, { ...wanted, line: 3 })).toBeNull();
});

test('lines count from 1', () => {
  expect([1, 2, 3, 9].map(line => startOf('a\nbc\nd', line))).toEqual([
    0, 2, 5, 6
  ]);
});

test('whether a text says something', () => {
  expect(containsText('The  gauge\nwas', 'gauge was')).toBe(true);
  expect(containsText('The gauge', 'gauge was')).toBe(false);
});

test('whatever is around it, a quote is found where it is', () => {
  const pieces = ['a', ' ', '\n', '😀', '\t', 'é', '日', 'The', '.'];
  let seed = 1;
  const random = (count: number): number => {
    seed = (seed * 48271) % 2147483647;
    return seed % count;
  };
  const text = (count: number): string =>
    Array.from({ length: count }, () => pieces[random(pieces.length)]).join('');
  for (let round = 0; round < 500; round++) {
    const quote = `x${text(random(8))}y`;
    const unix = `${text(random(30))}${quote}${text(random(30))}`;
    const file = round % 2 ? unix : unix.replace(/\n/g, '\r\n');
    const said = round % 2 ? quote : quote.replace(/\n/g, '\r\n');
    const wanted = { ...characters(file, said), quote: said };
    const found = spanIn(unix, wanted)!;
    expect(unix.slice(found.from, found.to)).toBe(quote);
  }
});
