import { Ear } from '../src/ear';

/** A socket that a test opens, speaks for and cuts. */
class FakeSocket {
  readonly OPEN = 1;
  readyState = 0;
  sent: string[] = [];
  isClosed = false;
  onmessage: ((event: { data: string }) => void) | null = null;
  onclose: (() => void) | null = null;

  say(message: unknown): void {
    this.readyState = 1;
    this.onmessage?.({ data: JSON.stringify(message) });
  }

  cut(): void {
    this.readyState = 3;
    this.onclose?.();
  }

  send(text: string): void {
    this.sent.push(text);
  }

  close(): void {
    this.isClosed = true;
  }
}

let sockets: FakeSocket[];
let heard: unknown[];
let ear: Ear<unknown>;

beforeEach(() => {
  jest.useFakeTimers();
  sockets = [];
  heard = [];
  ear = new Ear(
    () => {
      sockets.push(new FakeSocket());
      return sockets[sockets.length - 1] as unknown as WebSocket;
    },
    message => heard.push(message)
  );
});

afterEach(() => {
  ear.dispose();
  jest.useRealTimers();
});

test('a lost connection is opened again, ever more seldom while nobody answers', () => {
  sockets[0].say({ jobs: 1 });
  const waits = [];
  for (let round = 0; round < 8; round++) {
    const before = sockets.length;
    sockets[before - 1].cut();
    let waited = 0;
    while (sockets.length === before) {
      jest.advanceTimersByTime(500);
      waited += 500;
    }
    waits.push(waited);
  }
  expect(waits).toEqual([1000, 2000, 4000, 8000, 16000, 30000, 30000, 30000]);
  sockets[8].say({ jobs: 2 });
  sockets[8].cut();
  jest.advanceTimersByTime(1000);
  expect(sockets).toHaveLength(10);
  expect(heard).toEqual([{ jobs: 1 }, { jobs: 2 }]);
});

test('who looks does not wait for the next try', () => {
  for (let round = 0; round < 6; round++) {
    sockets[sockets.length - 1].cut();
    jest.advanceTimersByTime(30_000);
  }
  const before = sockets.length;
  sockets[before - 1].cut();
  ear.look();
  expect(sockets).toHaveLength(before + 1);
  ear.look(); // it is being opened
  expect(sockets).toHaveLength(before + 1);
});

test('a connection that only looks open is given up', () => {
  sockets[0].say({});
  ear.look();
  ear.look();
  expect(sockets[0].sent).toEqual(['']);
  sockets[0].say({});
  jest.advanceTimersByTime(60_000);
  expect(sockets).toHaveLength(1);
  ear.look();
  jest.advanceTimersByTime(5000);
  expect(sockets[0].isClosed).toBe(true);
  jest.advanceTimersByTime(1000);
  expect(sockets).toHaveLength(2);
  sockets[0].say({ late: 1 });
  expect(heard).toEqual([{}, {}]);
});

test('what is disposed of opens nothing', () => {
  sockets[0].cut();
  ear.dispose();
  jest.advanceTimersByTime(60_000);
  ear.look();
  expect(sockets).toHaveLength(1);
});

test('a page that may not open one tries later', () => {
  let isRefused = true;
  const other = new Ear(
    () => {
      if (isRefused) {
        throw new Error('SecurityError');
      }
      return new FakeSocket() as unknown as WebSocket;
    },
    () => undefined
  );
  isRefused = false;
  jest.advanceTimersByTime(1000);
  other.dispose();
});
