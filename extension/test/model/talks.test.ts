import type { ITurn } from '../../src/model/conversation';
import { Conversation } from '../../src/model/conversation';
import type { PanelModel } from '../../src/model/panel';
import { RequestError } from '../../src/net/request';
import {
  FakeMemory,
  FakeServer,
  answerOf,
  conversationOf,
  panelOf,
  settle
} from '../fake';

const questions = (turns: readonly ITurn[]): string[] =>
  turns.map(({ question }) => question);

let server: FakeServer;
let memory: FakeMemory;
let panel: PanelModel;

beforeEach(async () => {
  server = new FakeServer();
  server.stored.set('c1', conversationOf('c1', 'one', 'two', 'three'));
  memory = new FakeMemory();
  memory.saved = { conversation: 'c1' };
  panel = panelOf(server, memory);
  await panel.start();
});

async function answered(
  question: string,
  done: Promise<void>,
  conversation = 'c1'
): Promise<void> {
  await settle();
  const feed = server.answers[server.answers.length - 1];
  feed.send({ type: 'answer', ...answerOf(question, { conversation }) });
  feed.end();
  await done;
}

test('a question is changed in its place, and the later ones go', async () => {
  panel.setDraft('half a thought');
  panel.revise(1);
  expect(panel.draft).toBe('two');
  panel.setDraft('two, in other words');
  await answered('two, in other words', panel.askDraft());
  expect(questions(panel.conversation.turns)).toEqual([
    'one',
    'two, in other words'
  ]);
  expect(server.asked[0]).toMatchObject({
    question: 'two, in other words',
    conversation: 'c1',
    after: 1,
    fresh: true
  });
  expect(panel.revision.place).toBeNull();
});

test('a question that is not changed after all leaves what was typed before', () => {
  panel.setDraft('half a thought');
  panel.revise(0);
  panel.revise(1);
  panel.cancelRevision();
  expect(panel.draft).toBe('half a thought');
  panel.revise(0);
  panel.conversations.startNew();
  expect(panel.revision.place).toBeNull();
  expect(panel.draft).toBe('half a thought');
});

test('an answer is made again by the same, another or no chat model', async () => {
  panel.chooseModel('small');
  await answered('three', panel.askAgain(2));
  await answered('three', panel.askAgain(2, 'large'));
  await answered('three', panel.askAgain(2, null));
  expect(
    server.asked.map(({ model, extractive, after }) => [
      model,
      extractive,
      after
    ])
  ).toEqual([
    ['small', undefined, 2],
    ['large', undefined, 2],
    [undefined, true, 2]
  ]);
  expect(questions(panel.conversation.turns)).toEqual(['one', 'two', 'three']);
  expect(panel.chatModel).toBe('small');
});

test('what a failed question was to replace is not shown beside it, and is still asked for', async () => {
  const done = panel.askAgain(1);
  await settle();
  server.answers[0].end(new RequestError('engine_lost', 'Lost.', 'Again.'));
  await done;
  panel.conversation.take(server.stored.get('c1')!);
  expect(questions(panel.conversation.turns)).toEqual(['one', 'two']);
  void panel.retry();
  expect(server.asked[1]).toMatchObject({ question: 'two', after: 1 });
});

test('the last question comes back into an empty field only', () => {
  expect(panel.recall()).toBe(true);
  expect(panel.draft).toBe('three');
  panel.setDraft('new');
  expect(panel.recall()).toBe(false);
  panel.conversations.startNew();
  panel.setDraft('');
  expect(panel.recall()).toBe(false);
});

test('several collections are asked together, and the first takes documents', async () => {
  panel.chooseCollection('default', ['hr']);
  panel.setDraft('why');
  await answered('why', panel.askDraft());
  expect(server.asked[0].collection).toEqual(['default', 'hr']);
  expect(panel.collection).toBe('default');
  panel.chooseCollection('hr');
  expect(panel.asked).toEqual(['hr']);
  expect(memory.saved.others).toEqual([]);
});

test('a conversation of several collections is gone on with in them', async () => {
  panel.chooseCollection('default', ['a, b']);
  const talk = { ...conversationOf('c2', 'x'), collection: 'default, a, b' };
  server.stored.set('c2', talk);
  await panel.conversations.open('c2');
  expect(panel.asked).toEqual(['default, a, b']);
  server.stored.set('c3', { ...talk, id: 'c3', collection: 'default' });
  await panel.conversations.open('c3');
  expect(panel.asked).toEqual(['default']);
});

test('a collection gets another name, and the next question asks it by that', async () => {
  panel.chooseCollection('default', ['hr']);
  await panel.renameCollection('hr', 'people');
  expect(server.renamed).toEqual([['hr', 'people']]);
  expect(panel.asked).toEqual(['default', 'people']);
  await panel.removeCollection('people');
  expect(server.forgotten).toEqual([['people']]);
  expect(panel.asked).toEqual(['default']);
});

test('an answer is rated by its number, and once more takes that back', async () => {
  const talk = new Conversation(server, conversationOf('c1', 'one', 'two'));
  await talk.rate(talk.turns[1], true);
  expect(talk.turns[1].answer?.useful).toBe(true);
  await talk.rate(talk.turns[1], null);
  expect(talk.turns[1].answer?.useful).toBeUndefined();
  expect(server.rated).toEqual([
    ['c1', 2, true],
    ['c1', 2, null]
  ]);
});

test('a conversation is renamed and pinned, also where it is shown', async () => {
  await panel.conversations.change('c1', { title: 'Mine', pinned: true });
  expect(panel.conversation.title).toBe('Mine');
  server.stored.set('c1', { ...server.stored.get('c1')!, title: 'Yours' });
  await panel.conversations.refresh();
  expect(panel.conversation.title).toBe('Yours');
  server.stored.set('c1', { ...server.stored.get('c1')!, title: 'Mine' });
  await panel.conversations.refresh();
  expect(panel.conversations.stored![0]).toMatchObject({
    title: 'Mine',
    pinned: true
  });
});

test('an old question without an answer is not typed again once another is answered', async () => {
  panel.conversations.startNew();
  panel.setDraft('lost');
  const lost = panel.askDraft();
  await settle();
  server.answers[0].end(new RequestError('x', 'No.', 'Again.'));
  await lost;
  expect(memory.draft).toBe('lost');
  panel.conversations.startNew();
  panel.setDraft('found');
  await answered('found', panel.askDraft(), 'c9');
  expect(memory.draft).toBe('');
});
