import { ASK_ABOVE, Jobs } from '../../src/model/jobs';
import { isOver, stateOf } from '../../src/model/run';
import { RequestError } from '../../src/net/request';
import type { IJob } from '../../src/net/wire';
import { FakeServer, settle } from '../fake';

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
  expect(server.indexed).toEqual([
    { paths: ['papers'], collection: 'hr', how: { max_documents: ASK_ABOVE } }
  ]);
  expect(stateOf(jobs.runs[0])).toBe('counting');
  server.runs[0].send({
    type: 'progress',
    stage: 'index',
    done: 1,
    total: 2
  });
  await settle();
  expect(jobs.runs[0]).toMatchObject({
    paths: ['papers'],
    progress: { done: 1 }
  });
  server.runs[0].send({ type: 'result', value: report });
  server.runs[0].end();
  await done;
  expect(jobs.runs[0].report).toEqual(report);
  expect(ended).toBe(1);
  jobs.dismiss('j1');
  expect(jobs.runs).toEqual([]);
});

test('a project reports what its run did, as an indexed folder does', async () => {
  expect(await jobs.indexProject('team')).toBe('handbook');
  server.runs[0].send({ type: 'result', value: report });
  server.runs[0].end();
  await settle();
  expect(jobs.runs).toMatchObject([{ paths: ['team'], report }]);
});

test('a project that cannot be indexed is reported and tried again as one', async () => {
  server.refuse = new RequestError('no_project', 'No project.', 'Make one.');
  expect(await jobs.indexProject('team')).toBeNull();
  expect(stateOf(jobs.runs[0])).toBe('failed');
  server.refuse = null;
  await jobs.retry(jobs.runs[0]);
  expect(server.followed).toEqual(['p1']);
  expect(server.indexed).toEqual([]);
});

test('a refusal of the server is reported', async () => {
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
  expect(server.indexed[1]).toMatchObject({ paths: ['x'], collection: 'hr' });
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

const failure = { path: '/d/a.pdf', code: 'damaged', message: 'Damaged.' };

test('of several runs that ended unfollowed, only the last that failed is shown', async () => {
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
    elsewhere('j4', { state: 'done', result: { ...report, failed: [failure] } })
  ];
  await jobs.resume();
  // nobody knows of j5 any more; j1 is still followed
  expect(jobs.runs.map(({ id }) => id)).toEqual(['j1', 'j4']);
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

/** Begin a run that finds more than goes without asking. */
async function asking(): Promise<void> {
  jobs.askAbove = 10;
  const done = jobs.index(['home'], 'hr');
  await settle();
  server.runs[0].send({
    type: 'progress',
    stage: 'index',
    done: 0,
    total: 12
  });
  const message = 'More than 10.';
  server.runs[0].end(new RequestError('too_many_documents', message, 'Less.'));
  await done;
}

test('much is counted, asked about, and indexed when it is meant', async () => {
  let ended = 0;
  jobs.ended.connect(() => (ended += 1));
  await asking();
  expect(server.indexed[0].how).toEqual({ max_documents: 10 });
  const [run] = jobs.runs;
  expect(run).toMatchObject({ confirmCount: 12, error: undefined });
  expect(stateOf(run)).toBe('asking');
  expect(isOver(run)).toBe(false);
  expect(ended).toBe(0);
  void jobs.confirm(run);
  await settle();
  expect(server.indexed[1].how.max_documents).toBeUndefined();
  expect(jobs.runs.map(({ id }) => id)).toEqual(['j2']);
});

test('much that is not meant is cancelled without a word to the server', async () => {
  await asking();
  jobs.cancel(jobs.runs[0].id);
  expect(jobs.runs).toEqual([]);
  expect(server.cancelled).toEqual([]);
  expect(server.indexed).toHaveLength(1);
});

test('what left documents out has failed in part, and says so', async () => {
  const done = jobs.index(['papers'], 'hr');
  await settle();
  const failed = [{ path: '/d/b.pdf', code: 'x', message: 'Damaged.' }];
  server.runs[0].send({ type: 'result', value: { ...report, failed } });
  server.runs[0].end();
  await done;
  expect(stateOf(jobs.runs[0])).toBe('failed');
});

test('a failed document is tried again by the rules of its root', async () => {
  void jobs.index(['papers/b.pdf'], 'hr', { refresh: true, retry: true });
  await settle();
  expect(server.indexed[0].how).toMatchObject({ refresh: true, retry: true });
});

test('files and folders are removed, and a failure is reported', async () => {
  let ended = 0;
  jobs.ended.connect(() => (ended += 1));
  const done = jobs.forget(['papers']);
  expect(stateOf(jobs.runs[0])).toBe('running');
  await done;
  expect(jobs.runs[0].removed!.documents).toBe(1);
  expect(ended).toBe(1);
  server.refuse = new RequestError('not_indexed', 'Nothing of it.', 'See.');
  await jobs.forget(['other']);
  expect(jobs.runs[1].error!.remedy).toBe('See.');
  server.refuse = null;
  await jobs.retry(jobs.runs[1]);
  expect(server.forgotten).toEqual([['papers'], ['other'], ['other']]);
});

describe('a saved file', () => {
  /** Return whether that did not fail. */
  async function saved(
    change: Partial<typeof report> | Error
  ): Promise<boolean> {
    const done = jobs.refresh(['papers/a.md']);
    await settle();
    const run = server.runs[server.runs.length - 1];
    if (change instanceof Error) {
      run.end(change);
    } else {
      run.send({ type: 'result', value: { ...report, ...change } });
      run.end();
    }
    return done;
  }
  const failed = [{ path: '/d/a.md', code: 'x', message: 'No text.' }];

  test('is brought up to date without a word', async () => {
    let ended = 0;
    jobs.ended.connect(() => (ended += 1));
    const done = jobs.refresh(['papers/a.md']);
    await settle();
    expect(jobs.runs).toEqual([]);
    server.runs[0].send({ type: 'result', value: report });
    server.runs[0].end();
    await done;
    expect(jobs.runs).toEqual([]);
    expect(server.refreshed).toEqual([['papers/a.md']]);
    expect(ended).toBe(1);
  });

  test('is shown after a failure, until a save succeeds', async () => {
    const bad = { failed } as Partial<typeof report>;
    expect(await saved(bad)).toBe(false);
    expect(await saved(bad)).toBe(false);
    expect(jobs.runs).toHaveLength(1);
    expect(jobs.runs[0].report!.failed).toEqual(failed);
    expect(await saved({})).toBe(true);
    expect(jobs.runs).toEqual([]);
  });

  test('is shown when the engine refuses', async () => {
    const lost = new RequestError('engine_lost', 'It ended.', 'Try again.');
    expect(await saved(lost)).toBe(false);
    expect(jobs.runs[0].error!.code).toBe('engine_lost');
    server.refuse = new RequestError('server_unreachable', 'No.', 'Try.');
    await jobs.retry(jobs.runs[0]);
    expect(jobs.runs.map(({ error }) => error!.code)).toEqual([
      'server_unreachable'
    ]);
  });
});
