import { URLExt } from '@jupyterlab/coreutils';
import { ServerConnection } from '@jupyterlab/services';
import type { TranslationBundle } from '@jupyterlab/translation';

import type { IError } from './wire';

/** The prefix of the server extension's routes, below the server's base URL. */
const ROOT = 'jupyter-localai';

/** The event types that end a stream; a stream without one was cut off. */
const LAST = ['answer', 'result'];

/** A failed request, with a remedy. */
export class RequestError extends Error implements IError {
  constructor(
    readonly code: string,
    message: string,
    readonly remedy: string
  ) {
    super(message);
  }
}

/** Whether the user stopped the request, which is no failure. */
export function isStopped(error: unknown): boolean {
  return error instanceof RequestError && error.code === 'stopped';
}

/** The only connection to the server: every request of the extension goes through it. */
export class Door {
  constructor(
    private readonly _settings: ServerConnection.ISettings,
    private readonly _trans: TranslationBundle
  ) {}

  /** Send a request and return its JSON; null when the reply has no body. */
  async json<T>(
    route: string,
    method = 'GET',
    body?: unknown,
    signal?: AbortSignal
  ): Promise<T> {
    const response = await this._send(route, method, body, signal);
    try {
      const text = await response.text();
      return (text ? JSON.parse(text) : null) as T;
    } catch {
      throw this._lost(signal);
    }
  }

  /** Send a request and yield each event of its reply; leaving the loop ends the request. */
  async *lines<T extends { type: string }>(
    route: string,
    method: string,
    body: unknown,
    signal: AbortSignal
  ): AsyncGenerator<T> {
    const response = await this._send(route, method, body, signal);
    const reader = response.body!.getReader();
    let ended = false;
    try {
      for await (const line of split(reader)) {
        const event = JSON.parse(line) as T & IError;
        if (event.type === 'error') {
          throw new RequestError(event.code, event.message, event.remedy);
        }
        ended = ended || LAST.includes(event.type);
        yield event;
      }
    } catch (error) {
      throw error instanceof RequestError ? error : this._lost(signal);
    } finally {
      void reader.cancel().catch(() => undefined);
    }
    if (!ended) {
      throw this._lost(signal);
    }
  }

  /** Open a WebSocket. */
  socket(route: string): WebSocket {
    const { appendToken, token, wsUrl, WebSocket } = this._settings;
    const url = URLExt.join(wsUrl, ROOT, route);
    const query =
      appendToken && token ? `?token=${encodeURIComponent(token)}` : '';
    return new WebSocket(url + query);
  }

  private async _send(
    route: string,
    method: string,
    body: unknown,
    signal?: AbortSignal
  ): Promise<Response> {
    const url = URLExt.join(this._settings.baseUrl, ROOT, route);
    const init: RequestInit = { method, signal, cache: 'no-store' };
    if (body !== undefined) {
      init.body = JSON.stringify(body);
    }
    let response: Response;
    try {
      response = await ServerConnection.makeRequest(url, init, this._settings);
    } catch {
      throw this._unreachable(signal);
    }
    if (!response.ok) {
      throw await this._refused(response);
    }
    return response;
  }

  private async _refused(response: Response): Promise<RequestError> {
    const refusal = (await response.json().catch(() => null)) as IError | null;
    if (typeof refusal?.code === 'string') {
      return new RequestError(
        refusal.code,
        refusal.message,
        refusal.remedy ?? ''
      );
    }
    const { status } = response;
    if (status === 404) {
      return new RequestError(
        'extension_missing',
        this._trans.__('The server extension is missing or disabled.'),
        this._trans.__(
          'Install jupyter-localai where the Jupyter server runs, run "jupyter server extension enable jupyter_localai" there, and restart the server.'
        )
      );
    }
    if (status === 401 || status === 403) {
      return new RequestError(
        'logged_out',
        this._trans.__('You are no longer logged in to the Jupyter server.'),
        this._trans.__(
          'Log in again in another tab, or reload this page, and try again.'
        )
      );
    }
    return new RequestError(
      'server_failed',
      this._trans.__('The Jupyter server failed (status %1).', status),
      this._trans.__('See its log for the reason, and try again.')
    );
  }

  private _unreachable(signal?: AbortSignal): RequestError {
    return signal?.aborted
      ? this._stopped()
      : new RequestError(
          'server_unreachable',
          this._trans.__('The Jupyter server does not answer.'),
          this._trans.__('Check that it is running, and try again.')
        );
  }

  private _lost(signal?: AbortSignal): RequestError {
    return signal?.aborted
      ? this._stopped()
      : new RequestError(
          'reply_lost',
          this._trans.__('The reply ended before it was complete.'),
          this._trans.__('Try again.')
        );
  }

  private _stopped(): RequestError {
    return new RequestError('stopped', this._trans.__('Stopped.'), '');
  }
}

/** Yield the lines of a byte stream, whose pieces may end within a line or a character. */
async function* split(
  reader: ReadableStreamDefaultReader<Uint8Array>
): AsyncGenerator<string> {
  const decoder = new TextDecoder();
  let rest = '';
  for (;;) {
    const { done, value } = await reader.read();
    const lines = (rest + decoder.decode(value, { stream: !done })).split('\n');
    rest = done ? '' : lines.pop()!;
    for (const line of lines) {
      if (line.trim()) {
        yield line;
      }
    }
    if (done) {
      return;
    }
  }
}
