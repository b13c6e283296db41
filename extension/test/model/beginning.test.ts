import { Beginning } from '../../src/model/beginning';
import { Pace } from '../../src/model/pace';
import { RequestError } from '../../src/net/request';
import { leftOf } from '../../src/text/words';
import { FakeServer, panelOf, settle, trans } from '../fake';

test('questions are fetched once for each state of a collection', async () => {
  const server = new FakeServer();
  const beginning = new Beginning(server);
  await beginning.suggest('default', 3);
  await beginning.suggest('default', 3);
  expect(beginning.questions).toEqual(['What is said about boats?']);
  expect(server.suggested).toEqual(['default']);
  await beginning.suggest('default', 4);
  await beginning.suggest('other', 4);
  expect(server.suggested).toEqual(['default', 'default', 'other']);
});

test('without an answer of the server there are no questions', async () => {
  const server = new FakeServer();
  const beginning = new Beginning(server);
  server.refuse = new RequestError('gone', 'Gone.', '');
  await beginning.suggest('default', 3);
  expect(beginning.questions).toEqual([]);
});

test('the examples are indexed in a collection of their own', async () => {
  const server = new FakeServer();
  const panel = panelOf(server);
  void panel.tryExamples();
  await settle();
  expect(panel.collection).toBe('examples');
  expect(server.indexed).toEqual([
    expect.objectContaining({
      paths: ['localai-examples'],
      collection: 'examples'
    })
  ]);
  expect(panel.ownCollection).toBe('default');
});

test('why the examples cannot be copied is kept', async () => {
  const server = new FakeServer();
  const panel = panelOf(server);
  server.refuse = new RequestError('examples_not_copied', 'Full.', 'Clean up.');
  await panel.tryExamples();
  expect(panel.beginning.error?.message).toBe('Full.');
  expect(panel.collection).toBe('default');
});

test('the time left is told once it is more than a guess', () => {
  let now = 0;
  const pace = new Pace(() => now);
  const at = (done: number): number | undefined =>
    pace.take({ stage: 'index', unit: 'files', done, total: 100 });
  expect(at(0)).toBeUndefined();
  now = 1000;
  expect(at(10)).toBeUndefined();
  now = 10_000;
  expect(at(20)).toBe(40);
  expect(at(100)).toBeUndefined();
  // another stage begins anew
  expect(pace.take({ stage: 'ocr', done: 5, total: 10 })).toBeUndefined();
  expect([undefined, 4, 38, 240, 9000].map(s => leftOf(s, trans))).toEqual([
    '',
    'a few seconds left',
    'about 40 s left',
    'about 4 min left',
    'about 3 h left'
  ]);
});

test('chat models are looked for again, not more than once in some seconds', async () => {
  const server = new FakeServer();
  const { setup } = panelOf(server);
  await setup.lookForModels();
  expect(setup.models).toBeNull(); // the panel has not begun
  await setup.check();
  server.chatModels = ['a', 'b'];
  await setup.lookForModels();
  expect(setup.chatModels).toHaveLength(2);
  server.chatModels = ['a'];
  await setup.lookForModels();
  expect(setup.chatModels).toHaveLength(2);
});
