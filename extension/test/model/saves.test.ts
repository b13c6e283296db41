import { Jobs } from '../../src/model/jobs';
import { REST_MS, Saves } from '../../src/model/saves';
import { FakeServer, settle } from '../fake';

let server: FakeServer;
let saves: Saves;

beforeEach(() => {
  jest.useFakeTimers();
  server = new FakeServer();
  saves = new Saves(new Jobs(server));
});

afterEach(() => jest.useRealTimers());

test('several saves are one run, each file once', async () => {
  saves.note('a.md');
  jest.advanceTimersByTime(REST_MS - 1);
  saves.note('b.md', 'c.md');
  saves.note('a.md');
  expect(server.refreshed).toEqual([]);
  jest.advanceTimersByTime(REST_MS);
  await settle();
  expect(server.refreshed).toEqual([['a.md', 'b.md', 'c.md']]);
});

test('what is saved during a run waits for its end', async () => {
  saves.note('a.md');
  jest.advanceTimersByTime(REST_MS);
  await settle();
  saves.note('a.md');
  jest.advanceTimersByTime(10 * REST_MS);
  await settle();
  expect(server.refreshed).toHaveLength(1);
  server.runs[0].end();
  await settle();
  jest.advanceTimersByTime(REST_MS);
  await settle();
  expect(server.refreshed).toEqual([['a.md'], ['a.md']]);
});

test('nothing happens after the end', () => {
  saves.note('a.md');
  saves.dispose();
  jest.advanceTimersByTime(REST_MS);
  expect(server.refreshed).toEqual([]);
});
