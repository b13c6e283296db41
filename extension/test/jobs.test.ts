import { Jobs } from '../src/model/jobs';
import { RequestError } from '../src/request';
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
