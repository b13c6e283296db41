/** The wait before the first new attempt to connect, in milliseconds; each further wait is twice as long. */
const FIRST_WAIT = 1000;
const LONGEST_WAIT = 30_000;
/** How long the server may take to answer a check, in milliseconds. */
const ANSWER = 5000;

/** Receives messages that the server sends on its own, over a WebSocket that reconnects when it is lost. */
export class Watch<T> {
  constructor(
    private readonly _connect: () => WebSocket,
    private readonly _onMessage: (message: T) => void
  ) {
    this._open();
  }

  /** Ask the server for its current state; reconnect first when the connection is dead. */
  check(): void {
    if (this._isDisposed || this._answer) {
      return;
    }
    const socket = this._socket;
    if (socket && socket.readyState === socket.OPEN) {
      // after the computer slept, a dead connection can still look open
      this._answer = setTimeout(() => this._lost(), ANSWER);
      socket.send('');
    } else if (this._again) {
      this._open();
    }
  }

  dispose(): void {
    this._isDisposed = true;
    this._drop();
  }

  private _open(): void {
    this._drop();
    let socket: WebSocket;
    try {
      socket = this._connect();
    } catch {
      this._later();
      return;
    }
    this._socket = socket;
    socket.onmessage = ({ data }: MessageEvent<string>) => {
      clearTimeout(this._answer);
      this._answer = undefined;
      this._wait = FIRST_WAIT;
      this._onMessage(JSON.parse(data) as T);
    };
    socket.onclose = () => this._lost();
  }

  private _lost(): void {
    this._drop();
    this._later();
  }

  private _later(): void {
    this._again = setTimeout(() => this._open(), this._wait);
    this._wait = Math.min(2 * this._wait, LONGEST_WAIT);
  }

  private _drop(): void {
    clearTimeout(this._again);
    clearTimeout(this._answer);
    this._again = this._answer = undefined;
    if (this._socket) {
      this._socket.onmessage = this._socket.onclose = null;
      this._socket.close();
      this._socket = null;
    }
  }

  private _socket: WebSocket | null = null;
  private _wait = FIRST_WAIT;
  private _again: ReturnType<typeof setTimeout> | undefined;
  private _answer: ReturnType<typeof setTimeout> | undefined;
  private _isDisposed = false;
}
