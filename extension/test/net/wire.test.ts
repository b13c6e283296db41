import { readFileSync } from 'fs';
import { join } from 'path';

import { Checks, outcomeOf } from '../../src/model/checks';
import { Conversation } from '../../src/model/conversation';
import { Documents } from '../../src/model/documents';
import { Jobs } from '../../src/model/jobs';
import { Setup } from '../../src/model/setup';
import { Opener } from '../../src/open/opener';
import type {
  AskEvent,
  IConversation,
  IDiagnosis,
  IDocuments,
  IForgetReport,
  IIndexReport,
  IJob,
  ILocated,
  IModels,
  IStatus
} from '../../src/net/wire';
import { attachedOf } from '../../src/text/attachedTo';
import { headlineOf, placeOf } from '../../src/text/words';
import { FakeServer, VERSION, settle, trans } from '../fake';

/** The server's JSON; pytest holds that the schema makes it. */
const wire = JSON.parse(
  readFileSync(join(__dirname, '../../../tests/wire/panel.json'), 'utf8')
) as {
  ask: AskEvent[];
  status: IStatus;
  models: IModels;
  job: IJob;
  report: IIndexReport;
  conversation: IConversation;
  diagnosis: IDiagnosis;
  located: ILocated;
  documents: IDocuments;
  forgotten: IForgetReport;
};

test('an answer', async () => {
  const server = new FakeServer();
  const talk = new Conversation(server);
  const done = talk.ask('How many tokens are masked?', {});
  server.answers[0].send(...wire.ask.slice(0, -1));
  await settle();
  expect(talk.turns[0]).toMatchObject({
    state: 'asking',
    stage: 'model',
    thinking: 'Let me see.',
    text: '15 % of them [1].'
  });
  expect(talk.turns[0].passages[0].document).toBe('BERT');
  server.answers[0].send(...wire.ask.slice(-1));
  server.answers[0].end();
  await done;
  const [turn] = talk.turns;
  const [citation] = turn.answer!.citations;
  const [passage] = turn.answer!.passages;
  expect(talk.id).toBe(wire.conversation.id);
  expect(placeOf(citation.anchor, trans)).toBe('page 4');
  expect(citation.marker).toBe(1);
  const letters = Array.from(passage.text);
  const span = [citation.start, citation.end].map(at => at - passage.start);
  expect(letters.slice(...span).join('')).toBe(citation.quote);
});

test('a conversation that was kept', () => {
  const talk = new Conversation(new FakeServer(), wire.conversation);
  expect(talk.title).toBe('How many tokens are masked?');
  expect(talk.turns[0]).toMatchObject({
    state: 'done',
    text: '15 % of them [1].',
    context: 'Cell 2 of plan.ipynb:\n\nmask(0.15)'
  });
});

test('documents and models', async () => {
  const server = new FakeServer();
  server.status = () => Promise.resolve(wire.status);
  server.models = () => Promise.resolve(wire.models);
  const setup = new Setup(server, VERSION, trans);
  await setup.check();
  expect(setup.status!.collections[0]).toMatchObject({
    name: 'default',
    documents: 3
  });
  const { shared } = setup.status!.collections[1];
  expect(attachedOf(shared!, trans)).toBe('shared, revision 7 · server away');
  // neither one that answers from elsewhere nor one that only embeds
  expect(setup.chatModels.map(({ name }) => name)).toEqual(['llama3.1:8b']);
  expect(setup.models!.suggestions[0].bytes).toBeGreaterThan(0);
  expect(setup.elsewhere).toBe('');
});

test('a job and its report', async () => {
  const server = new FakeServer();
  server.jobs = () => Promise.resolve([wire.job]);
  const jobs = new Jobs(server);
  await jobs.resume();
  server.runs[0].send({ type: 'progress', ...wire.job.progress! });
  await settle();
  expect(jobs.runs[0]).toMatchObject({ id: '7', progress: { total: 3 } });
  server.runs[0].send({ type: 'result', value: wire.report });
  server.runs[0].end();
  await settle();
  expect(jobs.runs[0].report!.failed[0].remedy).toBe('Run OCR on it first.');
});

test('what the doctor found', async () => {
  const server = new FakeServer();
  server.diagnosis = wire.diagnosis;
  const checks = new Checks(server);
  await checks.run();
  expect(checks.diagnosis!.checks.map(outcomeOf)).toEqual([
    'ok',
    'warning',
    'failed'
  ]);
  expect(headlineOf(checks.diagnosis!, trans)).toContain('files and sockets');
});

test('where a cited place is now', async () => {
  const { located } = wire;
  const server = { locate: () => Promise.resolve(located) };
  const [cited] = wire.conversation.answers![0].citations;
  const opened = await new Opener(server, null, trans).open(cited);
  // the server has found no path of the contents API for it
  expect(opened).toMatchObject({ shown: false, outside: located.path });
  expect(placeOf(located.anchor, trans)).toBe('page 5');
  expect(located.kind).toBe('pdf');
});

test('the documents of a collection, and that some are removed', async () => {
  const server = new FakeServer();
  server.listDocuments = () => Promise.resolve(wire.documents);
  server.forget = () => Promise.resolve(wire.forgotten);
  const documents = new Documents(server);
  await documents.show('default');
  const [fine, failed] = documents.list!.items;
  expect(fine).toMatchObject({ state: 'ready', chunks: 4, root: '/d' });
  expect(new Date(fine.indexed! * 1000).getUTCFullYear()).toBe(2025);
  expect(failed).toMatchObject({ state: 'failed', code: 'needs_ocr' });
  expect(documents.list!.roots[0].documents).toBe(2);
  const jobs = new Jobs(server);
  await jobs.forget(['a.md']);
  expect(jobs.runs[0].removed!.documents).toBe(1);
});
