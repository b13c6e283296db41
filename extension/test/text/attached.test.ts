import {
  MOST,
  attachedText,
  boundedTraceback,
  cellText,
  errorText,
  errorTitle,
  labelOf,
  lastError,
  withoutAnsi,
  withoutMiddle
} from '../../src/text/attached';
import { sourcesComment } from '../../src/text/comment';
import { answerOf, trans } from '../fake';

const ESC = '\x1b';

const ERROR = {
  output_type: 'error' as const,
  ename: 'ValueError',
  evalue: 'shapes (3,) and (4,) not aligned',
  traceback: [
    `${ESC}[31m---------------------------------------------------------------------------${ESC}[39m`,
    `${ESC}[31mValueError${ESC}[39m       Traceback (most recent call last)`,
    `${ESC}[36mCell${ESC}[39m${ESC}[36m ${ESC}[39m${ESC}[32mIn[3]${ESC}[39m${ESC}[32m, line 1${ESC}[39m\n${ESC}[32m----> ${ESC}[39m 1 a @ b`,
    `${ESC}[31mValueError${ESC}[39m: shapes (3,) and (4,) not aligned`
  ]
};

test.each([
  [`${ESC}[1;31mred${ESC}[0m`, 'red'],
  [`${ESC}[38;5;241;43mred${ESC}[39;49m`, 'red'],
  [`${ESC}]8;;https://evil.example/${ESC}\\link${ESC}]8;;${ESC}\\`, 'link'],
  [`${ESC}]0;title\x07text`, 'text'],
  [`${ESC}[2J${ESC}[Hx\x9b31my`, 'xy'],
  ['list[0;1m] x[3]', 'list[0;1m] x[3]'],
  [`cut ${ESC}`, 'cut ']
])('colours and the like are taken out of %j', (text, plain) => {
  expect(withoutAnsi(text)).toBe(plain);
});

test('an error is its source, its name and message, and its traceback', () => {
  const text = errorText('Cell 3 of a.ipynb', 'a @ b', ERROR);
  expect(text.split('\n\n').slice(0, 5)).toEqual([
    'Cell 3 of a.ipynb:',
    'a @ b',
    'Error:',
    'ValueError: shapes (3,) and (4,) not aligned',
    'Traceback:'
  ]);
  expect(text).toContain('Cell In[3], line 1\n---->  1 a @ b');
  expect(text).not.toContain(ESC);
  expect(labelOf(text)).toEqual({ label: 'Cell 3 of a.ipynb', first: 'a @ b' });
});

test('the question has the first line of the message', () => {
  expect(errorTitle({ ...ERROR, evalue: 'one\ntwo' })).toBe('ValueError: one');
  expect(errorTitle({ ...ERROR, evalue: '' })).toBe('ValueError');
  expect(errorTitle({ ...ERROR, evalue: 'x'.repeat(999) })).toHaveLength(201);
});

test('the last of several errors counts', () => {
  const stream = { output_type: 'stream', name: 'stdout', text: 'x' };
  expect(lastError([])).toBeNull();
  expect(lastError([stream])).toBeNull();
  const other = { ...ERROR, ename: 'KeyError' };
  expect(lastError([ERROR, stream, other])).toBe(other);
});

test('a short traceback stays whole', () => {
  expect(boundedTraceback(['a', 'b'], 100)).toBe('a\nb');
});

test('of a long traceback the own cells and the end are kept', () => {
  const frame = (number: number): string =>
    `File /lib/deep.py:${number}, in f()\n${'x'.repeat(80)}`;
  const deep = Array.from({ length: 1000 }, (_, number) => frame(number));
  const pieces = [
    'RecursionError     Traceback',
    `${ESC}[36mCell${ESC}[39m In[1], line 7\n----> 7 f(1)`,
    ...deep,
    'RecursionError: too deep'
  ];
  const shown = boundedTraceback(pieces, 2000);
  expect(shown.length).toBeLessThan(2100);
  expect(shown).toMatch(
    /^\[…\]\nCell In\[1\], line 7\n----> 7 f\(1\)\n\[…\]\n/
  );
  expect(shown).toContain(frame(999));
  expect(shown).toMatch(/RecursionError: too deep$/);
});

test('one piece that is too long loses its middle', () => {
  const shown = boundedTraceback([`BEGIN${'x'.repeat(9000)}END`], 1000);
  expect(shown.length).toBeLessThanOrEqual(1000);
  expect(shown).toMatch(/^BEGIN[^]*\[…\][^]*END$/);
});

test('what is attached is never more than the server takes', () => {
  const long = '🐑'.repeat(30_000);
  const outputs = [{ output_type: 'stream', name: 'stdout', text: long }];
  const error = { ...ERROR, evalue: long, traceback: [long, long] };
  for (const text of [
    attachedText('x', long),
    cellText('x', long, outputs),
    errorText('x', long, error)
  ]) {
    expect(text.length).toBeLessThanOrEqual(MOST);
    expect(text).not.toMatch(/[\ud800-\udbff](?![\udc00-\udfff])/);
  }
});

test('a text that is short enough is not touched', () => {
  expect(withoutMiddle('abc', 3)).toBe('abc');
  expect(withoutMiddle('a'.repeat(100), 50)).toHaveLength(50);
});

test('a cell is its source and what it shows as text', () => {
  const text = cellText('Cell 1 of a.ipynb', 'x', [
    { output_type: 'stream', name: 'stdout', text: ['one\n', 'two\n'] },
    {
      output_type: 'execute_result',
      execution_count: 1,
      data: { 'text/plain': '42', 'text/html': '<b>42</b>' },
      metadata: {}
    },
    { output_type: 'display_data', data: { 'image/png': 'x' }, metadata: {} }
  ]);
  expect(text).toBe('Cell 1 of a.ipynb:\n\nx\n\nOutput:\n\none\ntwo\n42');
  expect(cellText('Cell 1 of a.ipynb', 'x')).toBe('Cell 1 of a.ipynb:\n\nx');
});

const cited = (path: string): ReturnType<typeof answerOf>['citations'][0] => ({
  ...answerOf('q').citations[0],
  path
});

test.each([
  ['python', '# Sources: a.md, line 3'],
  ['text/x-python', '# Sources: a.md, line 3'],
  ['JavaScript', '// Sources: a.md, line 3'],
  ['text/x-rsrc', '# Sources: a.md, line 3'],
  ['sql', '-- Sources: a.md, line 3'],
  ['text/x-markdown', ''],
  ['', ''],
  ['constructor', '']
])('sources as a comment of %j', (language, comment) => {
  expect(sourcesComment(answerOf('q'), language, trans)).toBe(comment);
});

test('a comment stays one line, and short', () => {
  const paths = [
    '/d/a\nimport os.md',
    '/d/b\u2028x.md',
    '/d/c\r.md',
    '/d/d.md'
  ];
  const answer = answerOf('q', {
    citations: [...paths, paths[0]].map(cited)
  });
  expect(sourcesComment(answer, 'javascript', trans)).toBe(
    '// Sources: a import os.md, line 3; b x.md, line 3; c .md, line 3; and 1 more'
  );
  expect(
    sourcesComment(answerOf('q', { citations: [] }), 'python', trans)
  ).toBe('');
});
