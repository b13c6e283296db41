import { readFileSync } from 'fs';
import { join } from 'path';

import { doubtsOf } from '../../src/text/doubts';
import { isInert } from '../../src/text/math';

test('the warning that Python writes is read', () => {
  const file = join(__dirname, '../../../tests/wire/doubts.json');
  const { warning } = JSON.parse(readFileSync(file, 'utf8')) as {
    warning: string;
  };
  const { words, statements } = doubtsOf([warning])!;
  expect(statements).toBe(6);
  expect(words.length).toBe(12);
  expect(words.slice(0, 3)).toEqual(['24', 'Quillwort', 'E4711']);
});

test('a warning is read wherever it stands', () => {
  const said =
    'In no passage: 24, E4711 and 3 more. Check before you rely on it: “It has 24.” “See E4711.” and 2 more sentences';
  expect(doubtsOf(['Cut off.', said])).toEqual({
    words: ['24', 'E4711'],
    statements: 4
  });
  expect(doubtsOf(['In no passage. x', ''])).toBeNull();
});

test.each([
  '\\href{x}{y}',
  '\\def\\x{}',
  '\\require{html}',
  '\\newcommand{\\x}',
  '\\htmlClass{a}{b}'
])('%j is not typeset', tex => {
  expect(isInert(tex)).toBe(false);
});

test('mathematics is typeset', () => {
  expect(
    isInert(
      '\\frac{\\alpha}{\\sum_{i=1}^n x_i} \\leq \\begin{matrix}1\\end{matrix}'
    )
  ).toBe(true);
});
