import { RequestError } from '../../src/net/request';
import { FakeMemory, FakeServer, answerOf, panelOf, settle } from '../fake';

const TEXT = 'Cell 1 of a.ipynb:\n\nx = 1';
let server: FakeServer;
let memory: FakeMemory;

beforeEach(() => {
  server = new FakeServer();
  memory = new FakeMemory();
});

const asked = (): unknown => server.asked[server.asked.length - 1];

async function answer(): Promise<void> {
  const feed = server.answers[server.answers.length - 1];
  feed.send({ type: 'answer', ...answerOf('q') });
  feed.end();
  await settle();
}

test('the next question is about what is attached, the one after it is not', async () => {
  const panel = panelOf(server, memory);
  await panel.start();
  await panel.attach(TEXT);
  panel.setDraft('why?');
  void panel.askDraft();
  await settle();
  expect(asked()).toMatchObject({ question: 'why?', context: TEXT });
  expect(panel.attachments.text).toBe('');
  expect(panel.conversation.turns[0].context).toBe(TEXT);
  await answer();
  panel.setDraft('and?');
  void panel.askDraft();
  await settle();
  expect(asked()).not.toHaveProperty('context');
});

test('where a text comes from goes with it, also when it is asked again', async () => {
  const panel = panelOf(server, memory);
  await panel.start();
  await panel.attach(TEXT, 'sub/a.ipynb');
  panel.setDraft('why?');
  void panel.askDraft();
  await settle();
  expect(asked()).toMatchObject({ context_path: 'sub/a.ipynb' });
  server.answers[0].end(new RequestError('lost', 'Lost.', ''));
  await settle();
  void panel.retry();
  await settle();
  expect(asked()).toMatchObject({ context: TEXT, context_path: 'sub/a.ipynb' });
  await answer();
  void panel.askAbout('and?', 'other', 'b.py');
  await settle();
  expect(asked()).toMatchObject({ context: 'other', context_path: 'b.py' });
  await answer();
  await panel.attach('no file');
  panel.setDraft('why?');
  void panel.askDraft();
  await settle();
  expect(asked()).not.toHaveProperty('context_path');
});

test('what was detached is not sent', async () => {
  const panel = panelOf(server, memory);
  await panel.attach(TEXT);
  panel.attachments.detach();
  panel.setDraft('why?');
  void panel.askDraft();
  await settle();
  expect(asked()).not.toHaveProperty('context');
});

test('asking again asks about the same', async () => {
  const panel = panelOf(server, memory);
  await panel.start();
  void panel.askAbout('why?', TEXT);
  await settle();
  server.answers[0].end(new RequestError('lost', 'Lost.', ''));
  await settle();
  expect(memory.attached).toBe(TEXT);
  void panel.retry();
  await settle();
  expect(server.asked).toHaveLength(2);
  expect(asked()).toMatchObject({ question: 'why?', context: TEXT });
});

test('asking at once waits for what was chosen before', async () => {
  memory.saved = { collection: 'hr', model: 'qwen3:4b' };
  memory.draft = 'half a quest';
  const panel = panelOf(server, memory);
  void panel.askAbout('why?', TEXT);
  await settle();
  expect(asked()).toEqual({
    question: 'why?',
    conversation: undefined,
    collection: 'hr',
    model: 'qwen3:4b',
    context: TEXT
  });
  expect(panel.draft).toBe('half a quest');
});

test('what is asked about a text begins a conversation of its own, also during an answer', async () => {
  const panel = panelOf(server, memory);
  await panel.start();
  void panel.askAbout('first?', TEXT);
  await settle();
  const first = panel.conversation;
  void panel.askAbout('second?', 'other');
  await settle();
  expect(server.asked.map(({ context }) => context)).toEqual([TEXT, 'other']);
  expect(panel.conversation).not.toBe(first);
  expect(first.isBusy).toBe(true);
});

test('attaching before the panel was shown loses nothing that was chosen', async () => {
  memory.saved = { collection: 'hr', document: 'a.ipynb' };
  const panel = panelOf(server, memory);
  await panel.attach(TEXT);
  expect(memory.saved).toEqual({ collection: 'hr', document: 'a.ipynb' });
  expect(panel.attachments.document).toBe('a.ipynb');
});

test('a reload brings back what was attached with what was typed', async () => {
  const before = panelOf(server, memory);
  await before.attach(TEXT);
  before.setDraft('why');
  const after = panelOf(server, memory);
  await after.start();
  expect([after.draft, after.attachments.text]).toEqual(['why', TEXT]);
});

test('a stored answer shows its attached text', () => {
  expect(answerOf('q', { context: TEXT }).context).toBe(TEXT);
});

async function limit(report: object): Promise<ReturnType<typeof panelOf>> {
  const panel = panelOf(server, memory);
  await panel.start();
  const done = panel.limitTo('sub/a.ipynb');
  await settle();
  server.runs[0].send({ type: 'result', value: report as never });
  server.runs[0].end();
  await done;
  return panel;
}

test('one document is indexed and then asked alone, after a reload, too', async () => {
  const panel = await limit({ added: 1, failed: [], skipped: [] });
  expect(server.indexed).toMatchObject([
    { paths: ['sub/a.ipynb'], collection: 'default' }
  ]);
  expect(panel.jobs.runs).toEqual([]);
  panel.setDraft('why?');
  void panel.askDraft();
  await settle();
  expect(asked()).toMatchObject({ document: 'sub/a.ipynb' });
  const after = panelOf(server, memory);
  await after.start();
  expect(after.attachments.document).toBe('sub/a.ipynb');
});

test('a document that cannot be indexed is reported and sets no limit', async () => {
  const panel = await limit({ added: 0, failed: [{}], skipped: [] });
  expect(panel.attachments.document).toBe('');
  expect(panel.jobs.runs).toHaveLength(1);
});

test('another conversation asks all documents again', async () => {
  const panel = await limit({ added: 1, failed: [], skipped: [] });
  void panel.askAbout('why?', TEXT);
  await settle();
  await answer();
  panel.conversations.startNew();
  expect(panel.attachments.document).toBe('');
  expect(memory.saved.document).toBeUndefined();
});
