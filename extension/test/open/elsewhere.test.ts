import { PageConfig } from '@jupyterlab/coreutils';

import { openTab, takeArrival } from '../../src/open/elsewhere';
import { Opener } from '../../src/open/opener';
import { readCited } from '../../src/text/answer';
import type { ILocated } from '../../src/net/wire';
import { trans } from '../fake';

const located: ILocated = {
  path: '/d/a #1.md',
  contents: 'd/a #1.md',
  anchor: { line: 3 },
  start: 5,
  end: 9,
  state: 'same',
  kind: 'markdown'
};

/** The part of a page that is used. */
const location = { hash: '', pathname: '/p', search: '' };
const history = {
  state: null,
  replaceState: () => {
    location.hash = '';
  }
};
const page = { location, history, open: jest.fn<object, [string]>(() => ({})) };

beforeAll(() => {
  Object.assign(globalThis, { window: page });
});

function opening(): typeof page.open {
  PageConfig.setOption('baseUrl', '/base/');
  return page.open;
}

test.each([
  ['markdown', 'edit'],
  ['notebook', 'notebooks'],
  ['pdf', 'lab/tree']
])('a document of kind %s opens below %s', (kind, view) => {
  const open = opening();
  expect(openTab('d/a #1.md', { ...located, kind })).toBe(true);
  const [address] = open.mock.lastCall!;
  expect(address).toContain(`/base/${view}/d/a%20%231.md#localai-place=`);
});

test('the link carries the place without the quote, and the page takes it once', () => {
  const open = opening();
  openTab('d/a #1.md', located);
  const [address] = open.mock.lastCall!;
  page.location.hash = address.slice(address.indexOf('#'));
  const { path, start, end, anchor } = located;
  expect(readCited(takeArrival()!)).toEqual({
    path,
    start,
    end,
    anchor,
    quote: ''
  });
  expect(page.location.hash).toBe('');
  expect(takeArrival()).toBeNull();
});

test('what is no place is not taken for one', () => {
  page.location.hash = '#localai-place=%E0%A4%A';
  expect(takeArrival()).toBeNull();
});

test('opening ends after a time', async () => {
  jest.useFakeTimers();
  const server = { locate: () => new Promise<ILocated>(() => undefined) };
  const opener = new Opener(server, null, trans);
  const result = opener.open({ ...located, quote: 'q' });
  await jest.advanceTimersByTimeAsync(60_000);
  jest.useRealTimers();
  expect(await result).toMatchObject({ shown: false });
  expect((await result).message).toContain('could not be opened in time');
});
