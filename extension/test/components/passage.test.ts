import { joinLines } from '../../src/components/passage';

const LINE = 'The gauge was offline for nineteen days because lightning';

test('lines of a paragraph flow', () => {
  const text = `${LINE}\n${LINE}\nended it.\n${LINE}`;
  expect(joinLines(text)).toBe(`${LINE} ${LINE} ended it.\n${LINE}`);
});

test('headings, tables and lists keep their lines', () => {
  const table = `3. Repairs\n${LINE}\nGauge 1 99 %\nGauge 2 98 %`;
  expect(joinLines(table)).toBe(
    `3. Repairs\n${LINE} Gauge 1 99 %\nGauge 2 98 %`
  );
  const list = `${LINE}\n• ${LINE}\n2. ${LINE}`;
  expect(joinLines(list)).toBe(list);
});

test.each(['', '\n', 'one', `\n\n${LINE}\n`, `😀${LINE}\n${LINE}\r\n😀`])(
  'a text stays as long as it was: %j',
  text => {
    expect(joinLines(text)).toHaveLength(text.length);
    expect(joinLines(text).replace(/ /g, '\n')).toBe(text.replace(/ /g, '\n'));
  }
);
