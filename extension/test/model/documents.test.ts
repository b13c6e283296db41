import { Documents, PAGE, REST_MS } from '../../src/model/documents';
import { SOON } from '../../src/model/updates';
import { RequestError } from '../../src/net/request';
import type { IDocument, IDocuments } from '../../src/net/wire';
import { FakeServer, panelOf, settle } from '../fake';

function fileOf(name: string, state: IDocument['state'] = 'ready'): IDocument {
  const path = `/d/${name}`;
  return { path, root: '/d', kind: 'text', state, chunks: 1 };
}

let server: FakeServer;
let documents: Documents;

beforeEach(() => {
  jest.useFakeTimers();
  server = new FakeServer();
  server.files = Array.from({ length: 250 }, (_, at) => fileOf(`${at}.md`));
  server.files.push(fileOf('broken.pdf', 'failed'));
  documents = new Documents(server);
});

afterEach(() => jest.useRealTimers());

test('they come a page at a time, and a look anew keeps as many', async () => {
  await documents.show('hr');
  expect(documents.list!.items).toHaveLength(PAGE);
  expect(documents.list).toMatchObject({ total: 251, failed: 1 });
  await documents.more();
  await documents.more();
  expect(documents.list!.items.map(({ path }) => path)).toEqual(
    server.files.map(({ path }) => path)
  );
  expect(documents.hasMore).toBe(false);
  server.files.pop();
  await documents.refresh();
  expect(documents.list!.items).toHaveLength(250);
  expect(server.looked[3]).toMatchObject({ limit: 251, offset: 0 });
});

test('they are filtered by the server, once typing has rested', async () => {
  await documents.show('hr');
  documents.setName('2');
  documents.setName('24');
  documents.setName(' 249 ');
  expect(documents.name).toBe(' 249 ');
  expect(server.looked).toHaveLength(1);
  jest.advanceTimersByTime(REST_MS);
  await settle();
  expect(server.looked).toHaveLength(2);
  expect(documents.list!.items.map(({ path }) => path)).toEqual(['/d/249.md']);
  documents.setName('');
  documents.setFailedOnly(true);
  await settle();
  expect(documents.list!.items.map(({ path }) => path)).toEqual([
    '/d/broken.pdf'
  ]);
});

test('an answer that comes late does not count', async () => {
  let late: (list: IDocuments) => void = () => undefined;
  const real = server.listDocuments.bind(server);
  server.listDocuments = () => new Promise(resolve => (late = resolve));
  const first = documents.show('hr');
  server.listDocuments = real;
  await documents.show('papers');
  late({ collection: 'hr', total: 0, failed: 0, roots: [], items: [] });
  await first;
  expect(documents.list!.collection).toBe('papers');
});

test('a collection that has nothing yet is empty; a failure is reported', async () => {
  server.refuse = new RequestError('unknown_collection', 'None.', 'See.');
  await documents.show('new');
  expect(documents.list).toMatchObject({ collection: 'new', items: [] });
  expect(documents.error).toBeNull();
  server.refuse = null;
  await documents.show('hr');
  server.refuse = new RequestError('engine_lost', 'It ended.', 'Again.');
  await documents.refresh();
  expect(documents.error!.remedy).toBe('Again.');
  expect(documents.list!.items).toHaveLength(PAGE);
  server.refuse = null;
  await documents.refresh();
  expect(documents.error).toBeNull();
});

test('the panel shows those of its collection, and looks anew after a run', async () => {
  const panel = panelOf(server);
  panel.showView('documents');
  await settle();
  expect(panel.documents.list!.collection).toBe('default');
  panel.chooseCollection('hr');
  await settle();
  expect(panel.documents.list!.collection).toBe('hr');
  server.files = [];
  await panel.jobs.forget(['papers']);
  jest.advanceTimersByTime(SOON);
  await settle();
  expect(panel.documents.list!.total).toBe(0);
});

test('what may be indexed is known by the folders that are', async () => {
  const panel = panelOf(server);
  expect(panel.mayBeIndexed('anything')).toBe(true);
  await panel.start();
  expect(panel.mayBeIndexed('papers')).toBe(true);
  expect(panel.mayBeIndexed('papers/a.md')).toBe(true);
  expect(panel.mayBeIndexed('papers2/a.md')).toBe(false);
  expect(panel.mayBeIndexed('notes')).toBe(false);
});
