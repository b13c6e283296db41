import type { ISignal } from '@lumino/signaling';
import { Signal } from '@lumino/signaling';

import { isStopped } from '../net/request';
import type { IServer } from '../net/server';
import type {
  AskEvent,
  IAnswer,
  IConversation,
  IError,
  IHit,
  IQuestion
} from '../net/wire';
import { asError } from './problem';
import { Throttle } from './throttle';

/** A question and what became of it. Never changed: each step makes a new one, so that a view can compare. */
export interface ITurn {
  readonly key: number;
  readonly question: string;
  readonly state: 'asking' | 'done' | 'stopped' | 'failed';
  /** The answer's text, as far as it has come. */
  readonly text: string;
  readonly thinking: string;
  /** What is being done before there is text; see `IProgress`. */
  readonly stage: string;
  readonly passages: readonly IHit[];
  /** The text that the question is about. */
  readonly context?: string;
  readonly answer?: IAnswer;
  readonly error?: IError;
}

/** What a question is asked with, besides the conversation. */
export type Choice = Omit<IQuestion, 'question' | 'conversation'>;

let keys = 0;

/** Questions that build on each other. An answer goes on being made while another conversation is shown. */
export class Conversation {
  constructor(
    private readonly _server: IServer,
    kept?: IConversation
  ) {
    this._id = kept?.id;
    this._title = kept?.title ?? '';
    this._collection = kept?.collection ?? '';
    this._turns = (kept?.answers ?? []).map(answered);
  }

  /** Its name on the server, which the first answer brings. */
  get id(): string | undefined {
    return this._id;
  }

  get title(): string {
    return this._title;
  }

  /** The collection that was asked last; empty before the first question. */
  get collection(): string {
    return this._collection;
  }

  get turns(): readonly ITurn[] {
    return this._turns;
  }

  get isBusy(): boolean {
    return this._abort !== null;
  }

  /** Emitted when a turn changed; while an answer is made, ten times a second at most. */
  get changed(): ISignal<this, void> {
    return this._changed;
  }

  /** How many of its answers the server remembers. */
  get answered(): number {
    return this._turns.filter(({ state }) => state === 'done').length;
  }

  /** Take over what became of it elsewhere; turns that are the same stay, and so does a last question without an answer. */
  take({ answers = [] }: IConversation): void {
    if (this._abort) {
      return;
    }
    const done = this._turns.filter(({ state }) => state === 'done');
    const theirs = answers.map((answer, place) =>
      done[place]?.text === answer.text &&
      done[place].question === answer.question
        ? done[place]
        : answered(answer)
    );
    const open = this._turns.filter(({ state }) => state !== 'done');
    this._turns = [...theirs, ...open];
    this._render.now();
  }

  /** Ask, and resolve when the answer is complete, stopped or failed; never rejects. */
  async ask(question: string, choice: Choice): Promise<void> {
    if (this._abort) {
      return;
    }
    const abort = (this._abort = new AbortController());
    this._title ||= question;
    this._collection = choice.collection ?? this._collection;
    this._turns = [...this._turns, begun(question, choice.context)];
    this._render.now();
    try {
      const sent = { question, conversation: this._id, ...choice };
      for await (const event of this._server.ask(sent, abort.signal)) {
        this._take(event);
        this._render.soon();
      }
    } catch (error) {
      this._change(
        isStopped(error)
          ? { state: 'stopped' }
          : { state: 'failed', error: asError(error) }
      );
    }
    this._abort = null;
    this._render.now();
  }

  /** Ask the last question again, in the place of its failed or stopped answer. */
  async retry(choice: Choice): Promise<void> {
    const last = this._turns[this._turns.length - 1];
    if (last && !this._abort && last.state !== 'done') {
      this._turns = this._turns.slice(0, -1);
      await this.ask(last.question, { ...choice, context: last.context });
    }
  }

  /** End the answer being made; what has come of it stays. */
  stop(): void {
    this._abort?.abort();
  }

  private _take(event: AskEvent): void {
    const last = this._turns[this._turns.length - 1];
    switch (event.type) {
      case 'passages':
        return this._change({ passages: event.passages, stage: '' });
      case 'progress':
        return this._change({ stage: event.stage });
      case 'thinking':
        return this._change({ thinking: last.thinking + event.text });
      case 'token':
        return this._change({ text: last.text + event.text });
      case 'answer':
        this._id = event.conversation ?? this._id;
        return this._change({ ...answered(event), key: last.key });
    }
  }

  private _change(change: Partial<ITurn>): void {
    const last = this._turns.length - 1;
    this._turns = [
      ...this._turns.slice(0, last),
      { ...this._turns[last], ...change }
    ];
  }

  private _id: string | undefined;
  private _title: string;
  private _collection: string;
  private _turns: readonly ITurn[];
  private _abort: AbortController | null = null;
  private _changed = new Signal<this, void>(this);
  private _render = new Throttle(() => this._changed.emit());
}

function begun(question: string, context?: string): ITurn {
  return {
    key: keys++,
    question,
    state: 'asking',
    text: '',
    thinking: '',
    stage: '',
    passages: [],
    context
  };
}

function answered(answer: IAnswer): ITurn {
  return {
    ...begun(answer.question, answer.context),
    state: 'done',
    text: answer.text,
    passages: answer.passages,
    answer
  };
}
