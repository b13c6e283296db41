import { readFileSync } from 'fs';
import { join } from 'path';

import { withoutAnsi, withoutMiddle } from '../../src/text/attached';
import { search } from '../../src/open/span';

/** Examples of what both sides do alike; pytest holds Python to them. */
const examples = JSON.parse(
  readFileSync(join(__dirname, '../../../tests/wire/texts.json'), 'utf8')
) as {
  without_codes: [string, string][];
  without_middle: [string, number, string][];
  search: [string, string, number, [number, number] | null][];
};

test.each(examples.without_codes)('%j has no codes', (text, expected) => {
  expect(withoutAnsi(text)).toBe(expected);
});

test.each(examples.without_middle)(
  '%j of %d characters has no middle',
  (text, limit, expected) => {
    expect(withoutMiddle(text, limit)).toBe(expected);
  }
);

test.each(examples.search)(
  '%j says %j, white space aside',
  (source, text, near, expected) => {
    const span = text.trim() ? search(source, text, near) : null;
    expect(span && [span.from, span.to]).toEqual(expected);
  }
);
