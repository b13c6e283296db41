import { readFileSync } from 'fs';
import { join } from 'path';

import { fileName, freeName, saveText } from '../../src/text/export';
import { ownPaths } from '../../src/text/paths';
import type { IRun } from '../../src/model/run';
import {
  nameOf,
  placeOf,
  shareOf,
  sizeOf,
  stageOf,
  summaryOf,
  headsOf,
  supportOf,
  waitOf
} from '../../src/text/words';
import { trans } from '../fake';

/** The same in Python; pytest compares it with this file, too. */
const shared = JSON.parse(
  readFileSync(join(__dirname, '../../../tests/wire/stages.json'), 'utf8')
) as { stages: Record<string, string>; sizes: Record<string, string> };

test('places are put into words', () => {
  expect(placeOf({ page: 3, heading: 'A > B' }, trans)).toBe('page 3');
  expect(placeOf({ page: 2, ocr: 0.6 }, trans)).toBe('page 2, uncertain OCR');
  expect(placeOf({ page: 2, ocr: 0.9 }, trans)).toBe('page 2');
  expect(placeOf({ sheet: 'S', row: 4 }, trans)).toBe('sheet S, row 4');
  expect(placeOf({ heading: 'A > B' }, trans)).toBe('B');
  expect(placeOf({ cell: 0 }, trans)).toBe('cell 0');
  expect(placeOf({}, trans)).toBe('');
});

test('what is being done is told in the words of the shell', () => {
  for (const [stage, words] of Object.entries(shared.stages)) {
    expect(stageOf(stage, trans)).toBe(`${words}…`);
  }
  expect(stageOf('anything', trans)).toBe('Searching your documents…');
});

test('waiting for the chat model is told in seconds, with the estimate', () => {
  const model = { stage: 'model', unit: 'seconds' } as const;
  const words = 'Waiting for the chat model…';
  expect(waitOf(model, trans)).toBe(words);
  expect(waitOf({ ...model, done: 3 }, trans)).toBe(`${words} 3 s`);
  expect(waitOf({ ...model, done: 3, total: 20 }, trans)).toBe(
    `${words} 3 of about 20 s`
  );
  expect(waitOf({ stage: 'start' }, trans)).toBe('Starting the engine…');
});

test('files of other drives are not those of the server', () => {
  const contents = {
    driveName: (path: string) => (path.includes(':') ? path.split(':')[0] : ''),
    localPath: (path: string) => path.split(':').pop()!
  };
  expect(ownPaths(contents, ['a.md', 'RTC:b.md', 'Cloud:c.md'])).toEqual([
    'a.md',
    'b.md'
  ]);
});

test('sizes and shares', () => {
  for (const [bytes, words] of Object.entries(shared.sizes)) {
    expect(sizeOf(Number(bytes))).toBe(words);
  }
  expect(shareOf({ stage: 'pull', done: 1, total: 4 })).toBe(0.25);
  expect(shareOf({ stage: 'index', done: 9, total: 3 })).toBe(1);
  expect(shareOf({ stage: 'index' })).toBeNull();
});

test('what goes on with the index, in a few words', () => {
  const run: IRun = { id: 'j', paths: ['papers'], collection: 'hr' };
  const report = {
    collection: 'hr',
    added: 1,
    updated: 0,
    unchanged: 0,
    removed: 0,
    skipped: [],
    failed: [],
    chunks: 1
  };
  const failed = [{ path: '/d/b.pdf', code: 'x', message: 'Damaged.' }];
  const error = { code: 'x', message: 'No.', remedy: '' };
  const progress = {
    stage: 'index',
    done: 34.9,
    total: 100
  };
  const summary = (...runs: Partial<IRun>[]): string =>
    summaryOf(
      runs.map(change => ({ ...run, ...change })),
      trans
    );
  expect(summary()).toBe('');
  expect(summary({})).toBe('Looking for documents…');
  expect(summary({ progress })).toBe('Indexing 34 %');
  expect(summary({ progress }, { confirmCount: 9000 })).toContain('waits');
  expect(summary({ isRemoval: true })).toContain('Removing');
  expect(summary({ report })).toBe('');
  expect(summary({ report: { ...report, failed } })).toContain(
    '1 document failed'
  );
  expect(summary({ error })).toContain('Indexing failed');
  expect(summary({ error }, { report })).toBe('');
  expect(summary({ error }, { progress })).toBe('Indexing 34 %');
});

test('names of files, of any system', () => {
  expect(nameOf('/a/b.md')).toBe('b.md');
  expect(nameOf('C:\\a\\b.md')).toBe('b.md');
});

test.each([
  ['What is "x/y"?', 'What is x y'],
  ['../../etc', 'etc'],
  ['   ', 'conversation'],
  ['a\u202eb\n', 'a b'],
  ['日本語', '日本語'],
  ['Aux', '_Aux'],
  ['nul.2', '_nul.2'],
  ['COM1', '_COM1'],
  ['Con artists', 'Con artists']
])('the title %j is the file %j', (title, name) => {
  expect(fileName(title)).toBe(name);
});

test('a file that is there is not overwritten', async () => {
  const save = jest.fn();
  const contents = {
    get: () =>
      Promise.resolve({ content: [{ name: 'T.md' }, { name: 'T-1.md' }] }),
    save
  };
  expect(await freeName(contents as never, 'docs', 'T', '.md')).toBe(
    'docs/T-2.md'
  );
  await saveText(contents as never, 'docs/T-2.md', 'x');
  expect(save).toHaveBeenCalledWith('docs/T-2.md', {
    type: 'file',
    format: 'text',
    content: 'x'
  });
});

it.each([
  [0.6, 'well'],
  [0.4, 'partly'],
  [0.399, 'hardly']
])('says in words how well a quote supports: %s', (support, said) => {
  expect(supportOf(support, trans)).toEqual({
    degree: said,
    said: `${said} supported`
  });
});

it('shows the first sentence of each warning', () => {
  expect(headsOf(['In no passage: 2.5. Check it.', 'Cut off.'])).toBe(
    'In no passage: 2.5 · Cut off'
  );
});
