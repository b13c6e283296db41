import { RequestError } from '../../src/net/request';
import {
  FakeMemory,
  FakeServer,
  VERSION,
  answerOf,
  conversationOf,
  panelOf,
  settle
} from '../fake';

const gone = new RequestError('server_unreachable', 'No answer.', 'Try again.');

afterEach(() => jest.useRealTimers());

async function asked(panel = panelOf(), question = 'why'): Promise<FakeServer> {
  const server = panel.server as FakeServer;
  panel.setDraft(question);
  const done = panel.askDraft();
  const feed = server.answers[server.answers.length - 1];
  feed.send({ type: 'answer', ...answerOf(question) });
  feed.end();
  await done;
  return server;
}

test('what was shown comes back after a reload', async () => {
  const server = new FakeServer();
  const memory = new FakeMemory();
  server.stored.set('c1', conversationOf('c1', 'one', 'two'));
  memory.saved = { conversation: 'c1', collection: 'hr', model: 'qwen3:8b' };
  memory.draft = 'half a quest';
  const panel = panelOf(server, memory);
  await panel.start();
  expect(panel.conversation.turns.map(turn => turn.question)).toEqual([
    'one',
    'two'
  ]);
  expect(panel.collection).toBe('hr');
  expect(panel.chatModel).toBe('qwen3:8b');
  expect(panel.draft).toBe('half a quest');
});

test('a conversation that was deleted elsewhere makes room for a new one', async () => {
  const memory = new FakeMemory();
  memory.saved = { conversation: 'gone' };
  const panel = panelOf(new FakeServer(), memory);
  await panel.start();
  expect(panel.conversation.turns).toEqual([]);
  expect(panel.setup.error).toBeNull();
});

test('nothing is asked of the server before the start, and all of it once', async () => {
  const server = new FakeServer();
  const asked = jest.spyOn(server, 'status');
  const panel = panelOf(server);
  expect(asked).not.toHaveBeenCalled();
  await Promise.all([panel.start(), panel.start()]);
  expect(asked).toHaveBeenCalledTimes(1);
});

test('a question without an answer is typed again after a reload', () => {
  const memory = new FakeMemory();
  const panel = panelOf(new FakeServer(), memory);
  panel.setDraft('why');
  void panel.askDraft();
  expect(panel.draft).toBe('');
  expect(memory.draft).toBe('why');
  panel.setDraft('next');
  expect(memory.draft).toBe('next');
});

test('an answered question is typed no more', async () => {
  const memory = new FakeMemory();
  await asked(panelOf(new FakeServer(), memory));
  expect(memory.draft).toBe('');
  expect(memory.saved.conversation).toBe('c1');
});

test('a stopped answer that the server keeps is there after a reload, and its question is typed no more', async () => {
  jest.useFakeTimers();
  const memory = new FakeMemory();
  const server = new FakeServer();
  const panel = panelOf(server, memory);
  panel.setDraft('why');
  const done = panel.askDraft();
  server.answers[0].send(
    { type: 'passages', passages: [], conversation: 'c5' },
    { type: 'token', text: 'Because' }
  );
  await jest.advanceTimersByTimeAsync(0);
  panel.stop();
  await done;
  expect(memory.draft).toBe('why');
  const kept = answerOf('why', { text: 'Because', cut_off: true });
  server.stored.set('c5', { ...conversationOf('c5', 'why'), answers: [kept] });
  await jest.advanceTimersByTimeAsync(300);
  expect(memory.saved.conversation).toBe('c5');
  expect(memory.draft).toBe('');
});

test('an answer goes on being made while another conversation is shown', async () => {
  const server = new FakeServer();
  server.stored.set('c9', conversationOf('c9', 'old'));
  const panel = panelOf(server);
  panel.setDraft('why');
  const done = panel.askDraft();
  const first = panel.conversation;
  server.answers[0].send({ type: 'token', text: 'Bec' });
  await settle();
  await panel.conversations.open('c9');
  expect(panel.conversation.title).toBe('old');
  expect(first.isBusy).toBe(true);
  server.answers[0].send({
    type: 'answer',
    ...answerOf('why', { conversation: 'c1' })
  });
  server.answers[0].end();
  await done;
  expect(panel.conversation.title).toBe('old');
  await panel.conversations.open('c1');
  expect(panel.conversation).toBe(first);
  expect(first.turns[0]).toMatchObject({ state: 'done', question: 'why' });
});

test('a new conversation is begun while an answer is made, and can be asked', () => {
  const panel = panelOf();
  panel.setDraft('why');
  void panel.askDraft();
  panel.conversations.startNew();
  panel.setDraft('else');
  void panel.askDraft();
  const server = panel.server as FakeServer;
  expect(server.asked.map(({ question }) => question)).toEqual(['why', 'else']);
});

test('a conversation without an answer yet is found again', async () => {
  const memory = new FakeMemory();
  const panel = panelOf(new FakeServer(), memory);
  panel.setDraft('why');
  const done = panel.askDraft();
  const first = panel.conversation;
  panel.conversations.startNew();
  panel.setDraft('');
  expect(memory.draft).toBe('why');
  expect(panel.conversations.unanswered).toEqual([first]);
  panel.conversations.show(first);
  panel.stop();
  await done;
  expect(panel.conversation.turns[0].state).toBe('stopped');
});

test('another conversation brings its collection', async () => {
  const server = new FakeServer();
  server.stored.set('c9', { ...conversationOf('c9', 'old'), collection: 'hr' });
  const panel = panelOf(server);
  await panel.conversations.open('c9');
  expect(panel.collection).toBe('hr');
});

test('five hundred conversations are listed, opened and deleted', async () => {
  const server = new FakeServer();
  for (let number = 0; number < 500; number++) {
    server.stored.set(
      `c${number}`,
      conversationOf(`c${number}`, `question ${number}`)
    );
  }
  const panel = panelOf(server);
  panel.showView('conversations');
  await settle();
  expect(panel.conversations.stored).toHaveLength(500);
  await panel.conversations.open('c250');
  expect(panel.view).toBe('conversation');
  expect(panel.conversation.title).toBe('question 250');
  await panel.conversations.delete('c250');
  expect(panel.conversations.stored).toHaveLength(499);
  expect(panel.conversation.turns).toEqual([]);
});

test('a question shows its conversation instead of the list', async () => {
  const panel = panelOf();
  panel.showView('conversations');
  await asked(panel);
  expect(panel.view).toBe('conversation');
});

test('a conversation that cannot be opened leaves the one that is shown', async () => {
  const panel = panelOf();
  await asked(panel);
  await panel.conversations.open('gone');
  expect(panel.conversations.error?.code).toBe('unknown_conversation');
  expect(panel.conversation.turns).toHaveLength(1);
});

test('what was chosen is asked with', async () => {
  const panel = panelOf();
  panel.setDefaults('hr', false);
  const server = await asked(panel);
  expect(server.asked[0]).toMatchObject({ collection: 'hr' });
  panel.chooseModel('qwen3:8b');
  await asked(panel);
  expect(server.asked[1]).toMatchObject({ model: 'qwen3:8b' });
  panel.chooseModel(null);
  await asked(panel);
  expect(server.asked[2]).toMatchObject({ extractive: true });
  expect(server.asked[2].model).toBeUndefined();
  panel.chooseModel('');
  await asked(panel);
  expect(server.asked[3].extractive).toBeUndefined();
});

test('states are announced, texts are not', async () => {
  const panel = panelOf();
  const announced: string[] = [];
  panel.changed.connect(() => {
    if (panel.announcement !== announced[announced.length - 1]) {
      announced.push(panel.announcement);
    }
  });
  await asked(panel);
  expect(announced.filter(Boolean)).toEqual([
    'Answering…',
    'Answer ready, 1 source.'
  ]);
});

test('another version of the server is reported with a remedy', async () => {
  const server = new FakeServer();
  server.theirVersion = '9.9.9';
  const panel = panelOf(server);
  await panel.start();
  expect(panel.setup.error?.code).toBe('version_mismatch');
  expect(panel.setup.error?.message).toContain('9.9.9');
  expect(panel.setup.error?.message).toContain(VERSION);
  server.theirVersion = VERSION;
  await panel.setup.check();
  expect(panel.setup.error).toBeNull();
});

test('a server that comes back is found by the next question', async () => {
  const server = new FakeServer();
  server.refuse = gone;
  const panel = panelOf(server);
  await panel.start();
  expect(panel.setup.error?.code).toBe('server_unreachable');
  server.refuse = null;
  await asked(panel);
  expect(panel.setup.error).toBeNull();
});

test('without Ollama all else works, and the reason is shown', async () => {
  const server = new FakeServer();
  server.noOllama = new RequestError(
    'ollama_absent',
    'Not there.',
    'Start it.'
  );
  const panel = panelOf(server);
  await panel.start();
  expect(panel.setup.error).toBeNull();
  expect(panel.setup.modelsError?.remedy).toBe('Start it.');
  expect(panel.setup.chatModels).toEqual([]);
});

test('a model is downloaded with progress and then there', async () => {
  const server = new FakeServer();
  server.chatModels = [];
  const panel = panelOf(server);
  await panel.start();
  const done = panel.pull('qwen3:4b');
  server.pulls[0].send({
    type: 'progress',
    stage: 'pull',
    done: 1,
    total: 4
  });
  await settle();
  expect(panel.download.progress).toMatchObject({
    done: 1,
    total: 4
  });
  server.chatModels = ['qwen3:4b'];
  server.pulls[0].send({ type: 'result', value: {} });
  server.pulls[0].end();
  await done;
  expect(panel.download.name).toBe('');
  expect(panel.setup.chatModels).toHaveLength(1);
});

test('a download can be cancelled, and one that failed says why', async () => {
  const panel = panelOf();
  const server = panel.server as FakeServer;
  const done = panel.pull('qwen3:4b');
  await settle();
  panel.download.cancel();
  await done;
  expect(panel.download.name).toBe('');
  const failing = panel.pull('qwen3:4b');
  server.pulls[1].end(new RequestError('pull_failed', 'No.', 'Free space.'));
  await failing;
  expect(panel.download.error?.remedy).toBe('Free space.');
  expect(panel.download.name).toBe('qwen3:4b');
});

test('an overview of files is the next answer of the conversation, and is asked again after it was stopped', async () => {
  const panel = panelOf();
  const server = panel.server as FakeServer;
  const done = panel.summarize(['papers/a.pdf', 'papers/b.pdf']);
  await settle();
  expect(panel.conversation.turns[0].question).toBe('Summarise a.pdf, b.pdf');
  panel.stop();
  await done;
  void panel.retry();
  await settle();
  expect(server.summarized).toEqual([
    { documents: ['papers/a.pdf', 'papers/b.pdf'], conversation: undefined },
    { documents: ['papers/a.pdf', 'papers/b.pdf'], conversation: undefined }
  ]);
  expect(panel.conversation.turns).toHaveLength(1);
});

test('an overview of the collection begins another conversation during an answer', async () => {
  const panel = panelOf();
  panel.chooseCollection('station');
  panel.setDraft('why');
  void panel.askDraft();
  const first = panel.conversation;
  panel.chooseModel(null);
  void panel.summarize([]);
  await settle();
  expect(panel.conversation).not.toBe(first);
  expect((panel.server as FakeServer).summarized).toEqual([
    {
      documents: [],
      conversation: undefined,
      collection: 'station',
      extractive: true
    }
  ]);
});

test('the chat model is brought into memory once a minute, and not for quotes', () => {
  jest.useFakeTimers();
  const server = new FakeServer();
  const panel = panelOf(server);
  panel.preload();
  panel.preload();
  expect(server.preloaded).toEqual(['']);
  jest.advanceTimersByTime(61_000);
  panel.preload();
  expect(server.preloaded).toHaveLength(2);
  panel.chooseModel(null);
  jest.advanceTimersByTime(61_000);
  panel.preload();
  expect(server.preloaded).toHaveLength(2);
  jest.useRealTimers();
});

test('indexing into a collection has it asked only where no conversation has begun', () => {
  const server = new FakeServer();
  const panel = panelOf(server, new FakeMemory());
  panel.suggestCollection('papers');
  expect(panel.collection).toBe('papers');
  panel.setDraft('why');
  void panel.askDraft();
  panel.suggestCollection('boats');
  expect(panel.collection).toBe('papers');
});
