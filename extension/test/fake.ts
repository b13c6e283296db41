import { nullTranslator } from '@jupyterlab/translation';

import type { IMemory, ISavedState } from '../src/model/memory';
import { PanelModel } from '../src/model/panel';
import { RequestError } from '../src/net/request';
import type { IRemoval, IWatch, IServer } from '../src/net/server';
import type {
  AskEvent,
  ExportForm,
  IAnswer,
  ICited,
  IConversation,
  IDiagnosis,
  IDocument,
  IDocuments,
  IDocumentsQuery,
  IFollowing,
  IFeedback,
  IForgetReport,
  IImportReport,
  IIndexReport,
  IIndexing,
  IJob,
  ILocated,
  IModels,
  IQuestion,
  ISettings,
  IStamps,
  ISummary,
  IStatus,
  SettingValues,
  WorkEvent
} from '../src/net/wire';

export const trans = nullTranslator.load('jupyter-localai');
const SETTINGS: SettingValues = {
  model: '',
  system_prompt: '',
  passages: 6,
  context_tokens: 8192,
  quotes: true
};
export const VERSION = '1.2.3';

/** A stream that a test feeds; ends with an error when it is aborted. */
export class Feed<T> {
  constructor(private readonly _signal: AbortSignal) {
    _signal.addEventListener('abort', () => this._wake());
  }

  send(...events: T[]): void {
    this._waiting.push(...events);
    this._wake();
  }

  end(error: Error | null = null): void {
    this._ended = error ?? true;
    this._wake();
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<T> {
    for (;;) {
      if (this._signal.aborted) {
        throw new RequestError('stopped', 'Stopped.', '');
      }
      if (this._waiting.length) {
        yield this._waiting.shift()!;
      } else if (this._ended instanceof Error) {
        throw this._ended;
      } else if (this._ended) {
        return;
      } else {
        await new Promise<void>(resolve => (this._wake = resolve));
      }
    }
  }

  private _waiting: T[] = [];
  private _ended: boolean | Error = false;
  private _wake: () => void = () => undefined;
}

/** A server whose answers the test writes. */
export class FakeServer implements IServer {
  asked: IQuestion[] = [];
  summarized: ISummary[] = [];
  answers: Feed<AskEvent>[] = [];
  pulls: Feed<WorkEvent<unknown>>[] = [];
  preloaded: string[] = [];
  runs: Feed<WorkEvent<IIndexReport>>[] = [];
  indexed: { paths: readonly string[]; collection: string; how: IIndexing }[] =
    [];
  followed: string[] = [];
  refreshed: (readonly string[])[] = [];
  forgotten: (readonly string[])[] = [];
  watched: string[] = [];
  synced: string[] = [];
  renamed: [string, string][] = [];
  rated: [string, number, boolean | null][] = [];
  looked: IDocumentsQuery[] = [];
  files: IDocument[] = [];
  cancelled: string[] = [];
  stored = new Map<string, IConversation>();
  running: IJob[] = [];
  theirVersion = VERSION;
  suggested: string[] = [];
  questions = ['What is said about boats?'];
  documents = 3;
  refuse: Error | null = null;
  noOllama: Error | null = null;
  chatModels = ['llama3.1:8b'];
  known: ISettings = {
    file: '/home/me/localai.toml',
    values: SETTINGS,
    defaults: SETTINGS,
    fixed: {}
  };
  saved: Partial<SettingValues>[] = [];
  diagnosis: IDiagnosis = { ok: true, checks: [], enforcement: 'kernel' };
  /** Says that things are so. */
  sendStamps: (stamps: IStamps) => void = () => undefined;
  isWatched = false;

  version(): Promise<string> {
    return this._reply(this.theirVersion);
  }

  status(): Promise<IStatus> {
    const { documents } = this;
    const counts = { documents, chunks: documents };
    const collection = {
      name: 'default',
      embedder: 'm',
      roots: ['/r/papers'],
      folders: ['papers'],
      ...counts
    };
    return this._reply({
      ...counts,
      pending: 0,
      failed: 0,
      collections: documents ? [collection] : []
    });
  }

  suggest(collection: string): Promise<{ questions: string[] }> {
    this.suggested.push(collection);
    return this._reply({ questions: this.questions });
  }

  copyExamples(): Promise<{ folder: string }> {
    return this._reply({ folder: 'localai-examples' });
  }

  locate(place: ICited): Promise<ILocated> {
    return this._reply({ ...place, state: 'same', kind: 'markdown' });
  }

  summarize(summary: ISummary, signal: AbortSignal): AsyncIterable<AskEvent> {
    this.summarized.push(summary);
    return this._feed(signal);
  }

  ask(question: IQuestion, signal: AbortSignal): AsyncIterable<AskEvent> {
    this.asked.push(question);
    return this._feed(signal);
  }

  models(): Promise<IModels> {
    return this.noOllama
      ? Promise.reject(this.noOllama)
      : this._reply({
          address: 'http://127.0.0.1:11434',
          memory_bytes: 16e9,
          gpu_bytes: 0,
          models: this.chatModels.map(name => ({
            name,
            parameters: '8.0B',
            bytes: 1,
            fits: true,
            chats: true,
            remote: false
          })),
          suggestions: [{ name: 'qwen3:4b', family: 'qwen3', bytes: 2.6e9 }]
        });
  }

  pull(name: string, signal: AbortSignal): AsyncIterable<WorkEvent<unknown>> {
    const feed = new Feed<WorkEvent<unknown>>(signal);
    this.pulls.push(feed);
    return feed;
  }

  preload(model: string): Promise<void> {
    this.preloaded.push(model);
    return this._reply(undefined);
  }

  jobs(): Promise<IJob[]> {
    return this._reply(this.running);
  }

  index(
    paths: readonly string[],
    collection: string,
    how: IIndexing = {}
  ): Promise<IJob> {
    this.indexed.push({ paths, collection, how });
    return this._reply({
      id: `j${this.indexed.length}`,
      kind: 'index',
      state: 'running'
    });
  }

  refresh(paths: readonly string[]): Promise<IJob[]> {
    this.refreshed.push(paths);
    const id = `r${this.refreshed.length}`;
    return this._reply([
      { id, kind: 'index', state: 'running', collection: 'default' }
    ]);
  }

  listDocuments(query: IDocumentsQuery): Promise<IDocuments> {
    this.looked.push(query);
    const { collection, state, name = '', limit = 100, offset = 0 } = query;
    const found = this.files.filter(
      file => file.path.includes(name) && (!state || file.state === state)
    );
    return this._reply({
      collection,
      total: found.length,
      failed: this.files.filter(({ state }) => state === 'failed').length,
      roots: [{ path: '/d', documents: this.files.length }],
      items: found.slice(offset, offset + limit)
    });
  }

  forget({ paths, collection = '' }: IRemoval): Promise<IForgetReport> {
    this.forgotten.push(paths.length ? paths : [collection]);
    return this._reply({
      documents: 1,
      chunks: 2,
      collections: ['default'],
      answers: 0,
      conversations: 0
    });
  }

  watch(collection: string, on: boolean): Promise<IFollowing> {
    const how = on ? 'system' : 'off';
    this.watched = on ? [collection] : [];
    return this._reply({
      collection,
      how,
      seconds: 0,
      message: '',
      remedy: ''
    });
  }

  async sync(collection: string): Promise<void> {
    this.synced.push(collection);
    await this._reply(null);
  }

  indexProject(): Promise<{ collection: string; jobs: IJob[] }> {
    const job = { id: 'p1', kind: 'index', state: 'running' } as const;
    return this._reply({ collection: 'handbook', jobs: [job] });
  }

  importBundle(): Promise<IImportReport> {
    return this._reply({ collection: 'handbook', documents: 1 });
  }

  follow(
    job: string,
    signal: AbortSignal
  ): AsyncIterable<WorkEvent<IIndexReport>> {
    const feed = new Feed<WorkEvent<IIndexReport>>(signal);
    this.followed.push(job);
    this.runs.push(feed);
    return feed;
  }

  async cancel(job: string): Promise<void> {
    this.cancelled.push(job);
    await this._reply(null);
  }

  conversations(): Promise<IConversation[]> {
    return this._reply([...this.stored.values()]);
  }

  conversation(id: string): Promise<IConversation> {
    const stored = this.stored.get(id);
    return stored
      ? this._reply(stored)
      : Promise.reject(
          new RequestError('unknown_conversation', 'There is none.', 'List.')
        );
  }

  exported(id: string, form: ExportForm, folder: string): Promise<string> {
    return this._reply(`${form} of ${id} in ${folder}`);
  }

  async renameCollection(collection: string, name: string): Promise<void> {
    await this._reply(null);
    this.renamed.push([collection, name]);
  }

  async changeConversation(
    id: string,
    change: { title?: string; pinned?: boolean }
  ): Promise<void> {
    await this._reply(null);
    this.stored.set(id, { ...this.stored.get(id)!, ...change });
  }

  async rate(
    id: string,
    answer: number,
    useful: boolean | null
  ): Promise<void> {
    await this._reply(null);
    this.rated.push([id, answer, useful]);
  }

  feedback(): Promise<IFeedback> {
    return this._reply({ answers: 1, questions: 1, text: '{}\n' });
  }

  answerMarkdown(answer: IAnswer, folder: string): Promise<string> {
    return this._reply(`${answer.text} in ${folder}`);
  }

  async deleteConversation(id: string): Promise<void> {
    await this._reply(null);
    this.stored.delete(id);
  }

  settings(): Promise<ISettings> {
    return this._reply(this.known);
  }

  changeSettings(changes: Partial<SettingValues>): Promise<ISettings> {
    this.saved.push(changes);
    const values = { ...this.known.values, ...changes };
    this.known = { ...this.known, values };
    return this._reply(this.known);
  }

  doctor(): Promise<IDiagnosis> {
    return this._reply(this.diagnosis);
  }

  changes(onStamps: (stamps: IStamps) => void): IWatch {
    this.sendStamps = onStamps;
    this.isWatched = true;
    onStamps({});
    return { check: () => undefined, dispose: () => (this.isWatched = false) };
  }

  private _feed(signal: AbortSignal): Feed<AskEvent> {
    const feed = new Feed<AskEvent>(signal);
    this.answers.push(feed);
    return feed;
  }

  private _reply<T>(value: T): Promise<T> {
    return this.refuse ? Promise.reject(this.refuse) : Promise.resolve(value);
  }
}

export class FakeMemory implements IMemory {
  saved: ISavedState = {};
  draft = '';
  attached = '';

  load(): Promise<ISavedState> {
    return Promise.resolve(this.saved);
  }

  save(saved: ISavedState): void {
    this.saved = saved;
  }

  readDraft(): string {
    return this.draft;
  }

  writeDraft(text: string): void {
    this.draft = text;
  }

  readAttached(): string {
    return this.attached;
  }

  writeAttached(text: string): void {
    this.attached = text;
  }
}

export function panelOf(
  server = new FakeServer(),
  memory = new FakeMemory()
): PanelModel {
  return new PanelModel(server, memory, VERSION, trans);
}

export function answerOf(
  question: string,
  changes: Partial<IAnswer> = {}
): IAnswer {
  return {
    question,
    text: `About ${question} [1].`,
    mode: 'llm',
    citations: [
      {
        marker: 1,
        path: '/d/a.md',
        anchor: { line: 3 },
        start: 0,
        end: 5,
        quote: 'quote',
        support: 0.9
      }
    ],
    passages: [],
    warnings: [],
    seconds: 1,
    model: 'llama3.1:8b',
    conversation: 'c1',
    ...changes
  };
}

export function conversationOf(
  id: string,
  ...questions: string[]
): IConversation {
  return {
    id,
    title: questions[0],
    collection: 'default',
    created: '2026-01-01T00:00:00Z',
    changed: '2026-01-01T00:00:00Z',
    turns: questions.length,
    answers: questions.map(question => answerOf(question, { conversation: id }))
  };
}

/** Let everything that waits for nothing happen. */
export async function settle(): Promise<void> {
  for (let turn = 0; turn < 30; turn++) {
    await Promise.resolve();
  }
}
