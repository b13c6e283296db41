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
  /** How many answers stay before its own; absent for a question that is the next. */
  readonly after?: number;
  readonly answer?: IAnswer;
  readonly error?: IError;
}

/** The options of a question, without the conversation. */
export type Choice = Omit<IQuestion, 'question' | 'conversation'>;

/** Who gives an overview, and of which collection. */
export type SummaryChoice = Omit<ISummary, 'documents' | 'conversation'>;

/** A choice, as a list of names. */
export function namesOf(collection: Choice['collection']): string {
  return collection === undefined || typeof collection === 'string'
    ? (collection ?? '')
    : collection.join(', ');
}

/** When to look for what was kept of a stopped answer, in milliseconds after each other. */
const STOPPED_MS = [300, 700, 2000];

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

  /** Resolves when what the server keeps of a stopped answer is here, or is not to be had. */
  get kept(): Promise<void> {
    return this._kept;
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
  take({ answers = [], title }: IConversation): void {
    if (this._abort) {
      return;
    }
    const done = this._turns.filter(({ state }) => state === 'done');
    const received = answers.map((answer, place) =>
      done[place]?.text === answer.text &&
      done[place].question === answer.question &&
      done[place].answer?.useful === answer.useful
        ? done[place]
        : answeredTurn(answer)
    );
    const newest =
      answers.length > done.length ? answers[answers.length - 1] : undefined;
    const open = this._turns.filter(
      ({ state, question }) =>
        state !== 'done' &&
        !(state === 'stopped' && question === newest?.question)
    );
    this._turns = [...received.slice(0, open[0]?.after), ...open];
    this._title = title;
    this._render.now();
  }

  /** Take the server's title. */
  retitle(title: string): void {
    this._title = title;
  }

  /** Say whether an answer was useful; null takes that back. */
  async rate(turn: ITurn, useful: boolean | null): Promise<void> {
    const done = this._turns.filter(({ state }) => state === 'done');
    await this._server.rate(this._id!, done.indexOf(turn) + 1, useful);
    this._turns = this._turns.map(other =>
      other === turn
        ? {
            ...turn,
            answer: { ...turn.answer!, useful: useful ?? undefined }
          }
        : other
    );
    this._render.now();
  }

  /** Ask a question; resolves when the answer is complete, stopped or failed, and never rejects. */
  async ask(question: string, choice: Choice): Promise<void> {
    const sent = { question, conversation: this._id, ...choice };
    await this._run(
      {
        ...newTurn(question, choice.context, choice.context_path),
        after: choice.after
      },
      namesOf(choice.collection),
      signal => this._server.ask(sent, signal)
    );
  }

  /** Ask a question in the place of a turn; the turns after that one go. The server keeps them until it is answered. */
  async replace(
    place: number,
    question: string,
    choice: Choice
  ): Promise<void> {
    const { context, contextPath, documents } = this._turns[place];
    const isSame = question === this._turns[place].question;
    if (this._abort) {
      return;
    }
    const kept = this._turns.slice(0, place);
    const after = kept.filter(({ state }) => state === 'done').length;
    this._turns = kept;
    if (isSame && documents) {
      return this._summarizeAgain(question, documents, choice, after);
    }
    await this.ask(question, {
      ...choice,
      context,
      ...(contextPath && { context_path: contextPath }),
      fresh: true,
      ...(this._id !== undefined && { after })
    });
  }

  private async _summarizeAgain(
    title: string,
    documents: readonly string[],
    { collection, model, extractive }: Choice,
    after?: number
  ): Promise<void> {
    await this.summarize(title, documents, {
      ...(!documents.length && { collection }),
      ...(extractive ? { extractive } : model && { model }),
      ...(this._id !== undefined && after !== undefined && { after })
    });
  }

  /** Have an overview given, of a collection where no documents are named; as `ask` does. */
  async summarize(
    title: string,
    documents: readonly string[],
    choice: SummaryChoice
  ): Promise<void> {
    const sent = { documents, conversation: this._id, ...choice };
    await this._run(
      { ...newTurn(title), documents, after: choice.after },
      namesOf(choice.collection),
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
    this._place = this._id;
    this._title ||= turn.question;
    this._collection = collection || this._collection;
    this._turns = [...this._turns, turn];
    this._render.now();
    try {
      for await (const event of start(abort.signal)) {
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
    const last = this._turns[this._turns.length - 1];
    if (last.state === 'stopped' && last.text && this._place) {
      this._kept = this._fetchStopped(last, this._place);
    }
  }

  /** Take what the server has kept of a stopped answer, with its sources; it comes a moment after the stop. */
  private async _fetchStopped(turn: ITurn, id: string): Promise<void> {
    for (const wait of STOPPED_MS) {
      await new Promise(resolve => setTimeout(resolve, wait));
      const isLast = this._turns[this._turns.length - 1] === turn;
      if (!isLast || this._abort) {
        return;
      }
      const stored = await this._server.conversation(id).catch(() => null);
      const kept = stored?.answers?.[stored.answers.length - 1];
      if (kept?.cut_off && kept.question === turn.question) {
        this._id = id;
        this.take(stored!);
        return;
      }
    }
  }

  /** Ask the last question again; the new answer replaces a failed, stopped or remembered one. */
  async retry(choice: Choice): Promise<void> {
    const last = this._turns[this._turns.length - 1];
    const fresh = last?.answer?.remembered !== undefined;
    if (last && !this._abort && (last.state !== 'done' || fresh)) {
      this._turns = this._turns.slice(0, -1);
      const { documents } = last;
      // the server may have kept the stopped one
      const isKept = last.state === 'stopped' && this._id !== undefined;
      const after = last.after ?? (isKept ? this.answered : undefined);
      if (documents) {
        return this._summarizeAgain(last.question, documents, choice, after);
      }
      await this.ask(last.question, {
        ...choice,
        context: last.context,
        ...((fresh || after !== undefined) && { fresh: true }),
        ...(after !== undefined && { after }),
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
        this._place = event.conversation;
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
        return this._change({
          ...answeredTurn(event),
          key: last.key,
          documents: last.documents,
          contextPath: last.contextPath
        });
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
  /** Where the answer in progress will be kept. */
  private _place: string | undefined;
  private _title: string;
  private _collection: string;
  private _turns: readonly ITurn[];
  private _abort: AbortController | null = null;
  private _kept = Promise.resolve();
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
