import type { IAnswer, ICitation } from '../../src/net/wire';
import { quotesOf } from '../../src/text/quotes';

const cited = (marker: number, quote: string): ICitation => ({
  marker,
  quote,
  path: '/docs/leave.md',
  anchor: {},
  start: 0,
  end: quote.length,
  support: 0.9
});

const answer = (text: string, ...citations: ICitation[]): IAnswer => ({
  question: 'How long?',
  text,
  mode: 'extractive',
  citations,
  passages: [],
  warnings: [],
  seconds: 1
});

test('an extractive answer consists of its quotes', () => {
  const quotes = [cited(1, 'Thirty days.'), cited(2, 'More after ten years.')];
  const text = 'Thirty days. [1]\n\nMore after ten years. [2]';
  expect(quotesOf(answer(text, ...quotes))).toEqual([
    'Thirty days.',
    'More after ten years.'
  ]);
  expect(
    quotesOf(
      answer('- Thirty days. [1]\n- More after ten years. [2]', ...quotes)
    )
  ).toEqual(['Thirty days.', 'More after ten years.']);
});

test('the quote of a row has the names of its columns', () => {
  const text = 'Port: Oban, Days: 3 [1]\n\nThirty days. [2]';
  const quotes = [cited(1, 'Oban | 3'), cited(2, 'Thirty days.')];
  expect(quotesOf(answer(text, ...quotes))).toEqual([
    'Port: Oban, Days: 3',
    'Thirty days.'
  ]);
});

test('other answers, and those without their quotes, keep their text', () => {
  const written = answer('Thirty days [1].', cited(1, 'Thirty days.'));
  expect(quotesOf({ ...written, mode: 'llm' })).toBeNull();
  expect(quotesOf({ ...written, mode: 'none', citations: [] })).toBeNull();
  expect(quotesOf(answer('Withheld.', cited(1, '')))).toBeNull();
});
