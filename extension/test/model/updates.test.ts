import type { IStamps } from '../../src/net/wire';
import type { PanelModel } from '../../src/model/panel';
import { FakeServer, answerOf, conversationOf, panelOf, settle } from '../fake';

let server: FakeServer;
let panel: PanelModel;
let stamps: IStamps;
let asked: Record<string, number>;

/** Say that something of these topics changed, and let the page look. */
async function change(...topics: (keyof IStamps)[]): Promise<void> {
  for (const topic of topics) {
    stamps = { ...stamps, [topic]: (stamps[topic] ?? 0) + 1 };
  }
  server.sendStamps(stamps);
  await jest.advanceTimersByTimeAsync(300);
}

beforeEach(() => {
  jest.useFakeTimers();
  server = new FakeServer();
  asked = {};
  for (const name of [
    'status',
    'jobs',
    'conversations',
    'conversation',
    'models'
  ] as const) {
    const real = server[name].bind(server) as (id: string) => Promise<never>;
    server[name] = (id?: string) => {
      asked[name] = (asked[name] ?? 0) + 1;
      return real(id!);
    };
  }
  panel = panelOf(server);
  stamps = {};
});

afterEach(() => {
  panel.dispose();
  jest.useRealTimers();
});

test('a panel that was never opened listens to nothing', () => {
  expect(server.isWatched).toBe(false);
  expect(asked).toEqual({});
});

test('only what changed is looked at, and nothing when nothing did', async () => {
  await panel.start();
  asked = {};
  server.documents = 7;
  await change('documents');
  expect(panel.setup.status!.documents).toBe(7);
  await change();
  await change();
  expect(asked).toEqual({ status: 1 });
  await change('jobs', 'models');
  expect(asked).toEqual({ status: 1, jobs: 1, models: 1 });
});

test('how things are when the page begins to listen is no change', async () => {
  server.changes = onStamps => {
    server.sendStamps = onStamps;
    onStamps({ documents: 5, jobs: 5 });
    return { check: () => undefined, dispose: () => undefined };
  };
  await panel.start();
  asked = {};
  stamps = { documents: 5, jobs: 5 };
  await change();
  expect(asked).toEqual({});
  // the connection was lost, and is there again
  await change('documents');
  expect(asked).toEqual({ status: 1 });
});

test('a server that tells nothing keeps the panel waiting for a moment only', async () => {
  server.changes = () => ({
    check: () => undefined,
    dispose: () => undefined
  });
  const started = panel.start();
  await jest.advanceTimersByTimeAsync(1000);
  await started;
  expect(panel.setup.status).not.toBeNull();
});

test('many changes are one request, and of a kind there is one at a time', async () => {
  await panel.start();
  asked = {};
  let answer: () => void = () => undefined;
  const real = server.status.bind(server);
  server.status = () => new Promise(done => (answer = () => done(real())));
  for (let number = 1; number <= 20; number++) {
    server.sendStamps({ documents: number });
  }
  await jest.advanceTimersByTimeAsync(300);
  for (let number = 21; number <= 40; number++) {
    server.sendStamps({ documents: number });
    await jest.advanceTimersByTimeAsync(300);
  }
  expect(asked).toEqual({});
  answer();
  await jest.advanceTimersByTimeAsync(300);
  expect(asked).toEqual({ status: 1 });
  answer();
  await jest.advanceTimersByTimeAsync(300);
  expect(asked).toEqual({ status: 2 });
});

test('a page that nobody sees looks when it is seen', async () => {
  await panel.start();
  asked = {};
  panel.updates.setVisible(false);
  await change('documents');
  await change('documents', 'jobs');
  expect(asked).toEqual({});
  panel.updates.setVisible(true);
  await jest.advanceTimersByTimeAsync(300);
  expect(asked).toEqual({ status: 1, jobs: 1 });
});

test('a server that does not answer is asked again with the next change', async () => {
  await panel.start();
  server.refuse = new Error('away');
  await change('documents', 'conversations', 'jobs', 'models');
  server.refuse = null;
  server.documents = 9;
  await change('documents');
  expect(panel.setup.status!.documents).toBe(9);
});

test('a setup that failed is looked at as a whole', async () => {
  server.refuse = new Error('no engine');
  await panel.start();
  expect(panel.setup.error).not.toBeNull();
  server.refuse = null;
  await change('documents');
  expect(panel.setup.error).toBeNull();
});

test('conversations are looked at only where they are shown', async () => {
  await panel.start();
  asked = {};
  server.stored.set('c9', conversationOf('c9', 'elsewhere'));
  await change('conversations');
  expect(asked).toEqual({});
  panel.showView('conversations');
  await settle();
  server.stored.set('c8', conversationOf('c8', 'another'));
  await change('conversations');
  expect(panel.conversations.stored!.map(({ id }) => id)).toEqual(['c9', 'c8']);
  expect(asked).toEqual({ conversations: 2 });
});

test('a conversation goes on elsewhere and here', async () => {
  server.stored.set('c1', conversationOf('c1', 'one'));
  await panel.start();
  await panel.conversations.open('c1');
  const [first] = panel.conversation.turns;
  server.stored.set('c1', conversationOf('c1', 'one', 'two'));
  await change('conversations');
  const { turns } = panel.conversation;
  expect(turns.map(({ question }) => question)).toEqual(['one', 'two']);
  expect(turns[0]).toBe(first); // what is the same is not drawn anew
  asked = {};
  await change('conversations');
  expect(asked).toEqual({ conversations: 1 });
});

test('an answer that is being made here is not disturbed', async () => {
  server.stored.set('c1', conversationOf('c1', 'one'));
  await panel.start();
  await panel.conversations.open('c1');
  panel.setDraft('mine');
  const done = panel.askDraft();
  server.stored.set('c1', conversationOf('c1', 'one', 'theirs'));
  await change('conversations');
  expect(panel.conversation.turns.map(({ question }) => question)).toEqual([
    'one',
    'mine'
  ]);
  server.answers[0].send({ type: 'answer', ...answerOf('mine') });
  server.answers[0].end();
  server.stored.set('c1', conversationOf('c1', 'one', 'theirs', 'mine'));
  await done;
  await change('conversations');
  expect(panel.conversation.turns.map(({ question }) => question)).toEqual([
    'one',
    'theirs',
    'mine'
  ]);
});

test('an answer made here loads nothing again', async () => {
  await panel.start();
  panel.setDraft('why');
  const done = panel.askDraft();
  server.answers[0].send({ type: 'answer', ...answerOf('why') });
  server.answers[0].end();
  server.stored.set('c1', conversationOf('c1', 'why'));
  await done;
  const before = panel.conversation.turns;
  asked = {};
  await change('conversations');
  expect(asked).toEqual({ conversations: 1 });
  expect(panel.conversation.turns).toBe(before);
});

test('what was deleted elsewhere is gone, and what was typed is not', async () => {
  server.stored.set('c1', conversationOf('c1', 'one'));
  await panel.start();
  await panel.conversations.open('c1');
  panel.setDraft('half a quest');
  server.stored.clear();
  await change('conversations');
  expect(panel.conversation.turns).toEqual([]);
  expect(panel.draft).toBe('half a quest');
});

test('a question without an answer stays when the rest went elsewhere', async () => {
  server.stored.set('c1', conversationOf('c1', 'one'));
  await panel.start();
  await panel.conversations.open('c1');
  panel.setDraft('mine');
  const done = panel.askDraft();
  panel.stop();
  await done;
  server.stored.set('c1', conversationOf('c1', 'one', 'two'));
  await change('conversations');
  expect(
    panel.conversation.turns.map(({ question, state }) => [question, state])
  ).toEqual([
    ['one', 'done'],
    ['two', 'done'],
    ['mine', 'stopped']
  ]);
});

test('a conversation that was shown before is loaded anew when it went on', async () => {
  server.stored.set('c1', conversationOf('c1', 'one'));
  server.stored.set('c2', conversationOf('c2', 'other'));
  await panel.start();
  await panel.conversations.open('c1');
  await panel.conversations.open('c2');
  server.stored.set('c1', conversationOf('c1', 'one', 'two'));
  await change('conversations');
  await panel.conversations.open('c1');
  expect(panel.conversation.turns).toHaveLength(2);
});
