import { ServerConnection } from '@jupyterlab/services';

import { Door, RequestError, isStopped } from '../../src/net/request';
import { Server } from '../../src/net/server';
import { trans } from '../fake';

interface ICall {
  url: string;
  init: RequestInit;
}

function door(reply: () => Response | Promise<Response>): {
  door: Door;
  calls: ICall[];
} {
  const calls: ICall[] = [];
  const settings = ServerConnection.makeSettings({
    baseUrl: 'http://localhost:8888/user/me/',
    token: 'secret',
    fetch: async (request: RequestInfo | URL, init?: RequestInit) => {
      calls.push({ url: (request as Request).url, init: init ?? {} });
      return reply();
    }
  });
  return { door: new Door(settings, trans), calls };
}

/** A body that comes in these pieces. */
function body(...pieces: (string | Uint8Array)[]): ReadableStream<Uint8Array> {
  const encoder = new TextEncoder();
  return new ReadableStream({
    start(controller) {
      for (const piece of pieces) {
        controller.enqueue(
          typeof piece === 'string' ? encoder.encode(piece) : piece
        );
      }
      controller.close();
    }
  });
}

async function all(stream: AsyncIterable<unknown>): Promise<unknown[]> {
  const events = [];
  for await (const event of stream) {
    events.push(event);
  }
  return events;
}

const never = new AbortController().signal;

async function failure(work: Promise<unknown>): Promise<RequestError> {
  const error = await work.then(
    () => null,
    (error: unknown) => error
  );
  expect(error).toBeInstanceOf(RequestError);
  return error as RequestError;
}

test('a request goes below the base URL', async () => {
  const { door: it, calls } = door(() => new Response('{"version":"1"}'));
  expect(await it.json('version')).toEqual({ version: '1' });
  expect(calls[0].url).toMatch(
    /^http:\/\/localhost:8888\/user\/me\/jupyter-localai\/version(\?\d+)?$/
  );
});

test('a reply without a body is null', async () => {
  const { door: it } = door(() => new Response(null, { status: 204 }));
  expect(await it.json('conversations/x', 'DELETE')).toBeNull();
});

test('lines and letters may be cut anywhere', async () => {
  const bytes = new TextEncoder().encode(
    '{"type":"token","text":"日本 🐑"}\n\n{"type":"answer"}\n'
  );
  const pieces = Array.from(bytes, byte => Uint8Array.of(byte));
  const { door: it } = door(() => new Response(body(...pieces)));
  expect(await all(it.lines('ask', 'POST', {}, never))).toEqual([
    { type: 'token', text: '日本 🐑' },
    { type: 'answer' }
  ]);
});

test('a last line without an end counts', async () => {
  const { door: it } = door(
    () => new Response(body('{"type":"result","value":1}'))
  );
  expect(await all(it.lines('x', 'GET', undefined, never))).toHaveLength(1);
});

test('an error in the stream is thrown with its remedy', async () => {
  const { door: it } = door(
    () =>
      new Response(
        body(
          '{"type":"token","text":"a"}\n{"type":"error","code":"engine_lost","message":"M","remedy":"R"}\n'
        )
      )
  );
  const error = await failure(all(it.lines('ask', 'POST', {}, never)));
  expect(error).toMatchObject({
    code: 'engine_lost',
    message: 'M',
    remedy: 'R'
  });
});

test.each([
  ['ends early', '{"type":"token","text":"a"}\n'],
  ['is no JSON', '<html>\n']
])('a stream that %s is an error', async (_, text) => {
  const { door: it } = door(() => new Response(body(text)));
  expect((await failure(all(it.lines('ask', 'POST', {}, never)))).code).toBe(
    'reply_lost'
  );
});

test('what the server tells is shown as it is', async () => {
  const refusal = {
    code: 'unknown_collection',
    message: 'There is none.',
    remedy: 'Index.'
  };
  const { door: it } = door(
    () => new Response(JSON.stringify(refusal), { status: 404 })
  );
  expect(await failure(it.json('status'))).toMatchObject(refusal);
});

test.each([
  [404, 'extension_missing'],
  [403, 'logged_out'],
  [500, 'server_failed']
])('status %d without an explanation gets one', async (status, code) => {
  const { door: it } = door(() => new Response('{"message":"x"}', { status }));
  const error = await failure(it.json('version'));
  expect(error.code).toBe(code);
  expect(error.remedy).not.toBe('');
});

test('a server that does not answer is reported', async () => {
  const { door: it } = door(() =>
    Promise.reject(new TypeError('Failed to fetch'))
  );
  expect((await failure(it.json('version'))).code).toBe('server_unreachable');
});

test('a stopped request is no failure', async () => {
  const abort = new AbortController();
  const { door: it } = door(() => {
    abort.abort();
    return Promise.reject(new DOMException('aborted', 'AbortError'));
  });
  expect(
    isStopped(await failure(all(it.lines('ask', 'POST', {}, abort.signal))))
  ).toBe(true);
});

test('a WebSocket is opened below the server, with the token where there is one', () => {
  const opened: string[] = [];
  const settings = ServerConnection.makeSettings({
    baseUrl: 'https://hub.example/user/me/',
    wsUrl: 'wss://hub.example/user/me/',
    token: 'a&b',
    appendToken: true,
    WebSocket: class {
      constructor(url: string) {
        opened.push(url);
      }
    } as unknown as typeof WebSocket
  });
  new Door(settings, trans).socket('changes');
  expect(opened).toEqual([
    'wss://hub.example/user/me/jupyter-localai/changes?token=a%26b'
  ]);
});

test('documents are asked for by any name and path', async () => {
  const { door: way, calls } = door(() => new Response('{}'));
  await new Server(way).listDocuments({
    collection: '日本 &?#',
    name: '50%_off/../+',
    under: ['a#b ?c %41', ''],
    state: undefined,
    limit: 5
  });
  const url = new URL(calls[0].url);
  expect(url.pathname).toBe('/user/me/jupyter-localai/documents');
  expect(url.searchParams.get('collection')).toBe('日本 &?#');
  expect(url.searchParams.get('name')).toBe('50%_off/../+');
  expect(url.searchParams.getAll('under')).toEqual(['a#b ?c %41', '']);
  expect(url.searchParams.has('state')).toBe(false);
  expect(url.searchParams.get('limit')).toBe('5');
});
