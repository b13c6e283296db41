import { pdfFragment } from '../../src/text/fragment';

test('a short quote is searched for as it is', () => {
  expect(pdfFragment(3, 'Boats stay, well-kept & dry.')).toBe(
    '#page=3&navpanes=0:~:text=Boats%20stay%2C%20well%2Dkept%20%26%20dry.'
  );
});

test('a long one by its first and last words, without those that a line may break', () => {
  const quote =
    'one two three four hyphen\nated five six\nseven eight nine ten';
  expect(decodeURIComponent(pdfFragment(1, quote))).toBe(
    '#page=1&navpanes=0:~:text=one two three four,eight nine ten'
  );
  const words = Array.from({ length: 30 }, (_, n) => `w${n}`).join(' ');
  expect(decodeURIComponent(pdfFragment(1, words)).split('=')[3]).toBe(
    'w0 w1 w2 w3 w4 w5 w6 w7,w25 w26 w27 w28 w29'
  );
});

test('without a quote it is the page alone', () => {
  expect(pdfFragment(2, ' \n')).toBe('#page=2&navpanes=0');
});
