import { Watch } from '../../src/net/watch';

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
let messages: unknown[];
let watch: Watch<unknown>;

beforeEach(() => {
  jest.useFakeTimers();
  sockets = [];
  messages = [];
  watch = new Watch(
    () => {
      sockets.push(new FakeSocket());
      return sockets[sockets.length - 1] as unknown as WebSocket;
    },
    message => messages.push(message)
  );
});

afterEach(() => {
  watch.dispose();
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
  expect(messages).toEqual([{ jobs: 1 }, { jobs: 2 }]);
});

test('who looks does not wait for the next try', () => {
  for (let round = 0; round < 6; round++) {
    sockets[sockets.length - 1].cut();
    jest.advanceTimersByTime(30_000);
  }
  const before = sockets.length;
  sockets[before - 1].cut();
  watch.check();
  expect(sockets).toHaveLength(before + 1);
  watch.check(); // it is being opened
  expect(sockets).toHaveLength(before + 1);
});

test('a connection that only looks open is given up', () => {
  sockets[0].say({});
  watch.check();
  watch.check();
  expect(sockets[0].sent).toEqual(['']);
  sockets[0].say({});
  jest.advanceTimersByTime(60_000);
  expect(sockets).toHaveLength(1);
  watch.check();
  jest.advanceTimersByTime(5000);
  expect(sockets[0].isClosed).toBe(true);
  jest.advanceTimersByTime(1000);
  expect(sockets).toHaveLength(2);
  sockets[0].say({ late: 1 });
  expect(messages).toEqual([{}, {}]);
});

test('what is disposed of opens nothing', () => {
  sockets[0].cut();
  watch.dispose();
  jest.advanceTimersByTime(60_000);
  watch.check();
  expect(sockets).toHaveLength(1);
});

test('a page that may not open one tries later', () => {
  let isRefused = true;
  const other = new Watch(
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
