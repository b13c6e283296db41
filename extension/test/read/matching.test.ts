import { stretches } from '../../src/read/matching';

function said(items: string[], quote: string): string[] {
  return stretches(items, quote).map(({ item, from, to }) =>
    items[item].slice(from, to)
  );
}

test('a quote is found over lines, hyphens and ligatures', () => {
  const items = [
    'Before it. Boats stay at the slip-',
    'way in ﬁne winds. After it.'
  ];
  expect(said(items, 'Boats stay at the slipway\nin fine winds.')).toEqual([
    'Boats stay at the slip',
    'way in ﬁne winds.'
  ]);
});

test('a quote of which the middle is written otherwise is found by its ends', () => {
  const begin = 'The station leader decides every morning';
  const end = 'when the boats may leave the slipway again.';
  const items = ['x ' + begin, ' [see 4] ', end + ' y'];
  expect(said(items, `${begin} and evening ${end}`).join('|')).toBe(
    `${begin}| [see 4] |${end}`.replace('| [', '|[').replace('] |', ']|')
  );
});

test('what is not there is not marked', () => {
  expect(said(['Boats stay.', ''], 'Boats leave.')).toEqual([]);
  expect(said(['Boats stay.'], ' - ')).toEqual([]);
  expect(said([], 'Boats')).toEqual([]);
});
