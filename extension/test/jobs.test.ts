import { Jobs } from '../src/model/jobs';
import { RequestError } from '../src/request';
import type { IJob } from '../src/wire';
import { FakeServer, settle } from './fake';

const report = {
  collection: 'hr',
  added: 2,
  updated: 0,
  unchanged: 0,
  removed: 0,
  skipped: [],
  failed: [],
  chunks: 9
};

const cancelled = { code: 'cancelled', message: 'Cancelled.', remedy: '' };

let server: FakeServer;
let jobs: Jobs;

beforeEach(() => {
  server = new FakeServer();
  jobs = new Jobs(server);
});

test('a folder is indexed, with progress and a report', async () => {
  let ended = 0;
  jobs.ended.connect(() => (ended += 1));
  const done = jobs.index(['papers'], 'hr');
  await settle();
  expect(server.indexed).toEqual([{ paths: ['papers'], collection: 'hr' }]);
  server.runs[0].send({
    type: 'progress',
    stage: 'index',
    files: 1,
    total_files: 2
  });
  await settle();
  expect(jobs.runs[0]).toMatchObject({
    paths: ['papers'],
    progress: { files: 1 }
  });
  server.runs[0].send({ type: 'result', value: report });
  server.runs[0].end();
  await done;
  expect(jobs.runs[0].report).toEqual(report);
  expect(ended).toBe(1);
  jobs.dismiss('j1');
  expect(jobs.runs).toEqual([]);
});

test('what the server refuses is told', async () => {
  server.refuse = new RequestError(
    'outside_root',
    'Not in the root.',
    'Allow it.'
  );
  await jobs.index(['x'], 'hr');
  expect(jobs.runs[0].error?.remedy).toBe('Allow it.');
  server.refuse = null;
  void jobs.retry(jobs.runs[0]);
  await settle();
  expect(server.indexed[1]).toEqual({ paths: ['x'], collection: 'hr' });
  expect(jobs.runs[0].error).toBeUndefined();
});

test('a cancelled run vanishes', async () => {
  const done = jobs.index(['papers'], 'hr');
  await settle();
  jobs.cancel('j1');
  expect(server.cancelled).toEqual(['j1']);
  server.runs[0].end(new RequestError('cancelled', 'Cancelled.', ''));
  await done;
  expect(jobs.runs).toEqual([]);
});

test('runs that go on are followed again after a reload, once', async () => {
  server.running = [
    { id: 'j5', kind: 'index', state: 'running', collection: 'hr' },
    { id: 'j4', kind: 'index', state: 'done' },
    { id: 'j6', kind: 'pull', state: 'running' }
  ];
  await jobs.resume();
  await jobs.resume();
  expect(jobs.runs.map(({ id }) => id)).toEqual(['j5']);
  expect(server.runs).toHaveLength(1);
});

const elsewhere = (id: string, changes: Partial<IJob> = {}): IJob => ({
  id,
  kind: 'index',
  state: 'running',
  collection: 'hr',
  ...changes
});
const waits = { progress: { stage: 'wait' } };

test('of many runs begun elsewhere only the one at work is followed', async () => {
  server.running = [elsewhere('j1', waits), elsewhere('j2'), elsewhere('j3')];
  await jobs.resume();
  expect(jobs.runs.map(({ id }) => id).sort()).toEqual(['j1', 'j2', 'j3']);
  expect(server.followed).toEqual(['j2']);
  server.runs[0].send({ type: 'result', value: report });
  server.runs[0].end();
  await settle();
  server.running = [elsewhere('j1', waits), elsewhere('j3')];
  await jobs.resume();
  expect(server.followed).toEqual(['j2', 'j3']);
});

test('a run that has to wait is left for the one at work', async () => {
  server.running = [elsewhere('j1', waits)];
  await jobs.resume();
  server.runs[0].send({ type: 'progress', stage: 'wait' });
  await settle();
  server.running = [elsewhere('j1', waits), elsewhere('j2')];
  await jobs.resume();
  await settle();
  expect(server.followed).toEqual(['j1', 'j2']);
  expect(jobs.runs.map(({ error }) => error)).toEqual([undefined, undefined]);
  server.running = [elsewhere('j1')];
  server.runs[1].send({ type: 'result', value: report });
  server.runs[1].end();
  await settle();
  await jobs.resume();
  expect(server.followed).toEqual(['j1', 'j2', 'j1']);
});

test('what ended while it was not followed is told, and of several the last', async () => {
  server.running = [
    elsewhere('j1'),
    elsewhere('j2', waits),
    elsewhere('j3', waits),
    elsewhere('j4', waits),
    elsewhere('j5', waits)
  ];
  await jobs.resume();
  server.running = [
    elsewhere('j2', { state: 'done', result: report }),
    elsewhere('j3', { state: 'cancelled', error: cancelled }),
    elsewhere('j4', { state: 'done', result: { ...report, added: 5 } })
  ];
  await jobs.resume();
  // nobody knows of j5 any more; j1 is still followed
  expect(jobs.runs.map(({ id }) => id)).toEqual(['j1', 'j4']);
  expect(jobs.runs[1].report?.added).toBe(5);
});

test('a run begun here is not taken for one begun elsewhere', async () => {
  server.running = [elsewhere('j1')];
  await jobs.resume();
  void jobs.index(['papers'], 'hr');
  await settle();
  await jobs.resume();
  expect(jobs.runs).toHaveLength(1);
  expect(jobs.runs[0].paths).toEqual(['papers']);
  let ended = 0;
  jobs.ended.connect(() => (ended += 1));
  for (const run of server.runs) {
    run.send({ type: 'result', value: report });
    run.end();
  }
  await settle();
  expect(ended).toBe(1);
  expect(jobs.runs[0].report).toEqual(report);
});
