import { readFileSync } from 'fs';
import { join } from 'path';

import { readAnswer } from '../../src/text/answer';
import type { IAnswer } from '../../src/net/wire';

const [ANSWER] = (
  JSON.parse(
    readFileSync(join(__dirname, '../../../tests/wire/panel.json'), 'utf8')
  ) as { conversation: { answers: IAnswer[] } }
).conversation.answers;

test('an answer of the kernel is read', () => {
  const read = readAnswer(ANSWER)!;
  expect(read.text).toBe(ANSWER.text);
  expect(read.citations).toEqual(ANSWER.citations);
  expect(read.passages.map(({ text }) => text)).toEqual(
    ANSWER.passages.map(({ text }) => text)
  );
});

test('the path by which JupyterLab opens a file is not taken from a notebook', () => {
  const [citation] = ANSWER.citations;
  const read = readAnswer({
    ...ANSWER,
    citations: [{ ...citation, contents: 'evil.ipynb', extra: 1 }]
  })!;
  expect(read.citations[0]).toEqual(citation);
});

const VALUES = [null, true, 0, -1, 1.5, 1e308, '', 'x', [], {}, [[]], [null]];

test.each(VALUES)('%j is no answer', value => {
  expect(readAnswer(value)).toBeNull();
});

test('a field of any other type makes it no answer, and nothing worse', () => {
  const needed = ['question', 'text', 'mode', 'citations', 'passages'];
  for (const field of [...needed, 'warnings', 'seconds']) {
    expect(readAnswer({ ...ANSWER, [field]: undefined })).toBeNull();
    for (const value of VALUES) {
      const read = readAnswer({ ...ANSWER, [field]: value });
      expect(read === null || typeof read.text === 'string').toBe(true);
    }
  }
  for (const list of ['citations', 'passages'] as const) {
    for (const field of Object.keys(ANSWER[list][0])) {
      for (const value of [null, [], {}, true]) {
        const item = { ...ANSWER[list][0], [field]: value };
        const isAnchor = field === 'anchor' && typeof value === 'object';
        const read = readAnswer({ ...ANSWER, [list]: [item] });
        expect(read === null || (isAnchor && value !== null)).toBe(true);
      }
    }
  }
});
