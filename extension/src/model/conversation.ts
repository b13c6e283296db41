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
  IProgress,
  IQuestion,
  ISummary
} from '../net/wire';
import { asError } from './errors';
import { Throttle } from './throttle';

/** A question and its answer so far. Immutable: each step makes a new object, so that a view can compare. */
export interface ITurn {
  readonly key: number;
  readonly question: string;
  readonly state: 'asking' | 'done' | 'stopped' | 'failed';
  /** The answer's text so far. */
  readonly text: string;
  readonly thinking: string;
  /** The stage of work before the first text arrives; see `IProgress`. */
  readonly stage: string;
  /** How far that stage is, if it is known. */
  readonly progress?: IProgress;
  readonly passages: readonly IHit[];
  /** The text attached to the question. */
  readonly context?: string;
  /** The contents path of the file that this text comes from. */
  readonly contextPath?: string;
  /** The contents paths of what an overview is asked of; absent for a question. */
  readonly documents?: readonly string[];
  readonly answer?: IAnswer;
  readonly error?: IError;
}

/** The options of a question, without the conversation. */
export type Choice = Omit<IQuestion, 'question' | 'conversation'>;

/** Who gives an overview, and of which collection. */
export type SummaryChoice = Omit<ISummary, 'documents' | 'conversation'>;

/** When to look for what the server has kept of a stopped answer, in milliseconds after each other. */
const RECOVERY_MS = [300, 700, 1500, 3000];

let keys = 0;

/** A series of questions that build on each other. It keeps receiving its answer while another one is shown. */
export class Conversation {
  constructor(
    private readonly _server: IServer,
    stored?: IConversation
  ) {
    this._id = stored?.id;
    this._title = stored?.title ?? '';
    this._collection = stored?.collection ?? '';
    this._turns = (stored?.answers ?? []).map(answeredTurn);
  }

  /** Its id on the server, known once the first answer is complete. */
  get id(): string | undefined {
    return this._id;
  }

  get title(): string {
    return this._title;
  }

  /** The collection of the last question; empty before the first question. */
  get collection(): string {
    return this._collection;
  }

  get turns(): readonly ITurn[] {
    return this._turns;
  }

  get isBusy(): boolean {
    return this._abort !== null;
  }

  /** Emitted when a turn changes, at most ten times a second while an answer arrives. */
  get changed(): ISignal<this, void> {
    return this._changed;
  }

  /** The number of its answers that the server has stored. */
  get answered(): number {
    return this._turns.filter(({ state }) => state === 'done').length;
  }

  /** Take the server's turns; equal turns stay the same objects, and a question without an answer stays. */
  take({ answers = [] }: IConversation): void {
    if (this._abort) {
      return;
    }
    const done = this._turns.filter(({ state }) => state === 'done');
    const received = answers.map((answer, place) =>
      done[place]?.text === answer.text &&
      done[place].question === answer.question
        ? done[place]
        : answeredTurn(answer)
    );
    const kept = received.length > done.length && received[received.length - 1];
    const open = this._turns.filter(
      ({ state, question }) =>
        state !== 'done' &&
        !(state === 'stopped' && kept && kept.question === question)
    );
    this._turns = [...received, ...open];
    this._render.now();
  }

  /** Ask a question; resolves when the answer is complete, stopped or failed, and never rejects. */
  async ask(question: string, choice: Choice): Promise<void> {
    const sent = { question, conversation: this._id, ...choice };
    await this._run(
      newTurn(question, choice.context, choice.context_path),
      choice.collection,
      signal => this._server.ask(sent, signal)
    );
  }

  /** Have an overview given, of a collection where no documents are named; as `ask` does. */
  async summarize(
    title: string,
    documents: readonly string[],
    choice: SummaryChoice
  ): Promise<void> {
    const sent = { documents, conversation: this._id, ...choice };
    await this._run(
      { ...newTurn(title), documents },
      choice.collection,
      signal => this._server.summarize(sent, signal)
    );
  }

  private async _run(
    turn: ITurn,
    collection: string | undefined,
    start: (signal: AbortSignal) => AsyncIterable<AskEvent>
  ): Promise<void> {
    if (this._abort) {
      return;
    }
    const abort = (this._abort = new AbortController());
    this._title ||= turn.question;
    this._collection = collection ?? this._collection;
    this._turns = [...this._turns, turn];
    this._render.now();
    try {
      for await (const event of start(abort.signal)) {
        this._take(event);
        this._render.soon();
      }
    } catch (error) {
      const isByUser = isStopped(error);
      this._change(
        isByUser
          ? { state: 'stopped' }
          : { state: 'failed', error: asError(error) }
      );
      this._settled = isByUser ? this._recover() : undefined;
    }
    this._abort = null;
    this._render.now();
  }

  /** Resolves when what the server has kept of a stopped answer is here. */
  get settled(): Promise<void> | undefined {
    return this._settled;
  }

  /** Fetch what the server has kept of the stopped answer, with its checked sources. */
  private async _recover(): Promise<void> {
    const id = this._id ?? this._promised;
    const turn = this._turns[this._turns.length - 1];
    for (const wait of id !== undefined && turn.text ? RECOVERY_MS : []) {
      await new Promise(resolve => setTimeout(resolve, wait));
      const { answers = [] } = await this._server
        .conversation(id!)
        .catch((): Partial<IConversation> => ({}));
      const answer = answers[answers.length - 1];
      if (this._turns[this._turns.length - 1] !== turn) {
        return;
      }
      if (answer?.cut_off && answers.length > this.answered) {
        this._id = id;
        this._change({ ...answeredTurn(answer), key: turn.key });
        this._render.now();
        return;
      }
    }
  }

  /** Ask the last question again; the new answer replaces a failed, stopped, cut off or remembered one. */
  async retry(choice: Choice): Promise<void> {
    const last = this._turns[this._turns.length - 1];
    const fresh = Boolean(last?.answer?.remembered ?? last?.answer?.cut_off);
    if (last && !this._abort && (last.state !== 'done' || fresh)) {
      this._turns = this._turns.slice(0, -1);
      if (last.documents) {
        const { collection, model, extractive } = choice;
        return this.summarize(last.question, last.documents, {
          ...(!last.documents.length && { collection }),
          ...(extractive ? { extractive } : model && { model })
        });
      }
      await this.ask(last.question, {
        ...choice,
        context: last.context,
        ...(fresh && { fresh }),
        ...(last.contextPath && { context_path: last.contextPath })
      });
    }
  }

  /** Stop the answer in progress; its text so far stays. */
  stop(): void {
    this._abort?.abort();
  }

  private _take(event: AskEvent): void {
    const last = this._turns[this._turns.length - 1];
    switch (event.type) {
      case 'passages':
        this._promised = event.conversation;
        return this._change({
          passages: event.passages,
          stage: '',
          progress: undefined
        });
      case 'progress':
        return this._change({ stage: event.stage, progress: event });
      case 'thinking':
        return this._change({ thinking: last.thinking + event.text });
      case 'token':
        return this._change({ text: last.text + event.text });
      case 'answer':
        this._id = event.conversation ?? this._id;
        return this._change({ ...answeredTurn(event), key: last.key });
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
  /** The id that the conversation will have when its first answer is kept. */
  private _promised: string | undefined;
  private _settled: Promise<void> | undefined;
  private _title: string;
  private _collection: string;
  private _turns: readonly ITurn[];
  private _abort: AbortController | null = null;
  private _changed = new Signal<this, void>(this);
  private _render = new Throttle(() => this._changed.emit());
}

function newTurn(
  question: string,
  context?: string,
  contextPath?: string
): ITurn {
  return {
    key: keys++,
    question,
    state: 'asking',
    text: '',
    thinking: '',
    stage: '',
    passages: [],
    context,
    contextPath
  };
}

function answeredTurn(answer: IAnswer): ITurn {
  return {
    ...newTurn(answer.question, answer.context),
    state: 'done',
    text: answer.text,
    passages: answer.passages,
    answer
  };
}
