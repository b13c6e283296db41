import { Conversation } from '../../src/model/conversation';
import { RENDER_MS } from '../../src/model/throttle';
import { RequestError } from '../../src/net/request';
import { FakeServer, answerOf, conversationOf, settle } from '../fake';

let server: FakeServer;
let talk: Conversation;

beforeEach(() => {
  jest.useFakeTimers({ doNotFake: ['queueMicrotask', 'nextTick'] });
  server = new FakeServer();
  talk = new Conversation(server);
});

afterEach(() => jest.useRealTimers());

const last = (): Conversation['turns'][number] =>
  talk.turns[talk.turns.length - 1];

test('text comes in pieces and the answer takes their place', async () => {
  const done = talk.ask('why', {});
  server.answers[0].send(
    { type: 'passages', passages: [] },
    { type: 'progress', stage: 'model' },
    { type: 'thinking', text: 'hm' },
    { type: 'token', text: 'Be' },
    { type: 'token', text: 'cause' }
  );
  await settle();
  expect(last()).toMatchObject({
    state: 'asking',
    text: 'Because',
    thinking: 'hm',
    stage: 'model'
  });
  expect(talk.isBusy).toBe(true);
  server.answers[0].send({
    type: 'answer',
    ...answerOf('why', { text: 'Because [1].' })
  });
  server.answers[0].end();
  await done;
  expect(last()).toMatchObject({ state: 'done', text: 'Because [1].' });
  expect(talk.isBusy).toBe(false);
});

test('a thousand pieces are drawn once per interval', async () => {
  let drawn = 0;
  const done = talk.ask('why', {});
  talk.changed.connect(() => (drawn += 1));
  for (let piece = 0; piece < 1000; piece++) {
    server.answers[0].send({ type: 'token', text: 'x' });
  }
  for (let round = 0; round < 100; round++) {
    await settle();
  }
  expect(last().text).toHaveLength(1000);
  expect(drawn).toBe(0);
  jest.advanceTimersByTime(RENDER_MS);
  expect(drawn).toBe(1);
  server.answers[0].send({ type: 'answer', ...answerOf('why') });
  server.answers[0].end();
  await done;
  expect(drawn).toBe(2);
  jest.advanceTimersByTime(10 * RENDER_MS);
  expect(drawn).toBe(2);
});

test('turns that are over stay the same objects while the next is answered', async () => {
  talk = new Conversation(server, conversationOf('c1', 'one', 'two'));
  const before = [...talk.turns];
  void talk.ask('three', {});
  server.answers[0].send({ type: 'token', text: 'x' });
  await settle();
  expect(talk.turns.slice(0, 2)).toEqual(before);
  before.forEach((turn, place) => expect(talk.turns[place]).toBe(turn));
});

test('stop ends it before the first piece, too', async () => {
  const done = talk.ask('why', {});
  await settle();
  talk.stop();
  await done;
  expect(last()).toMatchObject({ state: 'stopped', question: 'why', text: '' });
  expect(talk.isBusy).toBe(false);
});

test('an error in the middle keeps what had come, and asking again takes its place', async () => {
  const done = talk.ask('why', { collection: 'x' });
  server.answers[0].send({ type: 'token', text: 'Because ' });
  await settle();
  server.answers[0].end(
    new RequestError('engine_lost', 'The engine was lost.', 'Ask again.')
  );
  await done;
  expect(last()).toMatchObject({
    state: 'failed',
    text: 'Because ',
    error: {
      code: 'engine_lost',
      message: 'The engine was lost.',
      remedy: 'Ask again.'
    }
  });
  void talk.retry({ collection: 'x' });
  expect(talk.turns).toHaveLength(1);
  expect(server.asked[1]).toEqual({
    question: 'why',
    collection: 'x',
    conversation: undefined
  });
});

test('a follow-up names the conversation that the first answer brought', async () => {
  const done = talk.ask('why', {});
  server.answers[0].send({
    type: 'answer',
    ...answerOf('why', { conversation: 'c7' })
  });
  server.answers[0].end();
  await done;
  void talk.ask('and then', {});
  expect(server.asked[1].conversation).toBe('c7');
  expect(talk.title).toBe('why');
});

test('a second question waits for the first answer', () => {
  void talk.ask('one', {});
  void talk.ask('two', {});
  expect(server.asked).toHaveLength(1);
  expect(talk.turns).toHaveLength(1);
});

test('an event of a later version is passed over', async () => {
  void talk.ask('one', {});
  server.answers[0].send({ type: 'surprise' } as never, {
    type: 'token',
    text: 'a'
  });
  await settle();
  expect(last().text).toBe('a');
});

test('asking again for a remembered answer asks the chat model, and replaces it', async () => {
  const remembered = '2026-11-28T09:12:00+00:00';
  const done = talk.ask('why', {});
  server.answers[0].send({
    type: 'answer',
    ...answerOf('why', { conversation: 'c7', remembered })
  });
  server.answers[0].end();
  await done;
  void talk.retry({});
  expect(talk.turns).toHaveLength(1);
  expect(server.asked[1]).toMatchObject({ conversation: 'c7', fresh: true });
});

test('a stopped answer gets what the server has kept of it, with its sources', async () => {
  const done = talk.ask('why', {});
  server.answers[0].send(
    { type: 'passages', passages: [], conversation: 'c9' },
    { type: 'token', text: 'Because [1] ' }
  );
  await settle();
  talk.stop();
  await done;
  expect(last()).toMatchObject({ state: 'stopped', text: 'Because [1] ' });
  server.stored.set('c9', {
    ...conversationOf('c9', 'why'),
    answers: [answerOf('why', { text: 'Because [1].', cut_off: true })]
  });
  await jest.advanceTimersByTimeAsync(10 * RENDER_MS);
  await talk.settled;
  expect(last().state).toBe('done');
  expect(last().answer?.text).toBe('Because [1].');
  expect(talk.id).toBe('c9');
  void talk.retry({});
  expect(server.asked[1]).toMatchObject({ conversation: 'c9', fresh: true });
});
