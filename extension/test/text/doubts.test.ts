import { doubtsOf } from '../../src/text/doubts';
import { isInert } from '../../src/text/math';

test('the warning of Python is read', () => {
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
