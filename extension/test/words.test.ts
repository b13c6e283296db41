import { fileName, saveMarkdown } from '../src/export';
import { nameOf, placeOf, shareOf, sizeOf } from '../src/words';
import { trans } from './fake';

test('places are told in words', () => {
  expect(placeOf({ page: 3, heading: 'A > B' }, trans)).toBe('page 3');
  expect(placeOf({ sheet: 'S', row: 4 }, trans)).toBe('sheet S, row 4');
  expect(placeOf({ heading: 'A > B' }, trans)).toBe('B');
  expect(placeOf({ cell: 0 }, trans)).toBe('cell 0');
  expect(placeOf({}, trans)).toBe('');
});

test('sizes and shares', () => {
  expect(sizeOf(2_620_000_000)).toBe('2.6 GB');
  expect(sizeOf(999_600)).toBe('1.0 MB');
  expect(sizeOf(12)).toBe('12 B');
  expect(shareOf({ stage: 'pull', done_bytes: 1, total_bytes: 4 })).toBe(0.25);
  expect(shareOf({ stage: 'index', files: 9, total_files: 3 })).toBe(1);
  expect(shareOf({ stage: 'index' })).toBeNull();
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
  ['日本語', '日本語']
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
  expect(await saveMarkdown(contents as never, 'docs', 'T', 'x')).toBe(
    'docs/T-2.md'
  );
  expect(save).toHaveBeenCalledWith('docs/T-2.md', {
    type: 'file',
    format: 'text',
    content: 'x'
  });
});
