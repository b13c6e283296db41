import { Watch } from './watch';
import type { Door } from './request';
import type {
  AskEvent,
  ExportForm,
  ICited,
  IAnswer,
  IConversation,
  IDiagnosis,
  IDocuments,
  IDocumentsQuery,
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
  WorkEvent,
  IFollowing
} from './wire';

/** The server's operations for the panel; each call may fail with a `RequestError`. */
export interface IServer {
  version(): Promise<string>;
  status(): Promise<IStatus>;
  ask(question: IQuestion, signal: AbortSignal): AsyncIterable<AskEvent>;
  /** Give an overview, as the next answer of a conversation. */
  summarize(summary: ISummary, signal: AbortSignal): AsyncIterable<AskEvent>;
  /** Return questions that the documents of a collection answer. */
  suggest(collection: string): Promise<{ questions: string[] }>;
  /** Copy the example documents below the server's root and return their folder's contents-API path. */
  copyExamples(): Promise<{ folder: string }>;
  /** Find the current place of a citation, and on request the indexed text around it. */
  locate(place: ICited, text?: boolean): Promise<ILocated>;
  models(): Promise<IModels>;
  /** Download a model through Ollama; aborting ends the download. */
  pull(name: string, signal: AbortSignal): AsyncIterable<WorkEvent<unknown>>;
  /** Bring the chat model into memory, where that makes sense. */
  preload(model: string): Promise<void>;
  jobs(): Promise<IJob[]>;
  /** Index files and folders, given by their contents-API paths. */
  index(
    paths: readonly string[],
    collection: string,
    how?: IIndexing
  ): Promise<IJob>;
  /** Update files in each collection whose roots contain them. */
  refresh(paths: readonly string[]): Promise<IJob[]>;
  listDocuments(
    query: IDocumentsQuery,
    signal?: AbortSignal
  ): Promise<IDocuments>;
  /** Remove files, and the contents of folders; or, without paths, a whole collection. */
  forget(removal: IRemoval): Promise<IForgetReport>;
  renameCollection(collection: string, name: string): Promise<void>;
  /** Have a collection follow its folders by itself, or no longer. */
  watch(collection: string, on: boolean): Promise<IFollowing>;
  /** Bring an attached collection up to date. */
  sync(collection: string): Promise<void>;
  /** Index the project of a folder. */
  indexProject(path: string): Promise<{ collection: string; jobs: IJob[] }>;
  /** Make a collection of a bundle. */
  importBundle(path: string): Promise<IImportReport>;
  follow(
    job: string,
    signal: AbortSignal
  ): AsyncIterable<WorkEvent<IIndexReport>>;
  cancel(job: string): Promise<void>;
  /** List the conversations without their answers, most recent first. */
  conversations(): Promise<IConversation[]>;
  conversation(id: string): Promise<IConversation>;
  /** Give a conversation another title, empty for its first question, or pin it. */
  changeConversation(
    id: string,
    change: { title?: string; pinned?: boolean }
  ): Promise<void>;
  /** Return a conversation in a form to hand in, with links relative to a folder. */
  exported(id: string, form: ExportForm, folder: string): Promise<string>;
  /** Note whether an answer of a conversation, counted from 1, was useful; null takes that back. */
  rate(id: string, answer: number, useful: boolean | null): Promise<void>;
  feedback(): Promise<IFeedback>;
  deleteConversation(id: string): Promise<void>;
  /** Return an answer as inert Markdown, with links relative to a folder. */
  answerMarkdown(answer: IAnswer, folder: string): Promise<string>;
  settings(): Promise<ISettings>;
  /** Write some settings into the user's configuration file; return those that hold. */
  changeSettings(changes: Partial<SettingValues>): Promise<ISettings>;
  /** Run the doctor in the server's environment, which takes seconds. */
  doctor(): Promise<IDiagnosis>;
  /** Report which kinds of things change, whoever changes them, and the current state after each connection. */
  changes(onStamps: (stamps: IStamps) => void): IWatch;
}

/** What to remove from the index: paths, of one collection or of all, or a whole collection. */
export interface IRemoval {
  paths: readonly string[];
  collection?: string;
  /** Only report what would be removed. */
  dry_run?: boolean;
}

/** A connection that reports changes until it is disposed of. */
export interface IWatch {
  /** Ask for the current state, in case a message was lost. */
  check(): void;
  dispose(): void;
}

/** The routes of the server extension. */
export class Server implements IServer {
  constructor(private readonly _door: Door) {}

  async version(): Promise<string> {
    return (await this._door.json<{ version: string }>('version')).version;
  }

  status(): Promise<IStatus> {
    return this._door.json('status');
  }

  ask(question: IQuestion, signal: AbortSignal): AsyncIterable<AskEvent> {
    return this._door.lines('ask', 'POST', question, signal);
  }

  summarize(summary: ISummary, signal: AbortSignal): AsyncIterable<AskEvent> {
    return this._door.lines('summarize', 'POST', summary, signal);
  }

  suggest(collection: string): Promise<{ questions: string[] }> {
    const query = new URLSearchParams({ collection });
    return this._door.json(`suggest?${query.toString()}`);
  }

  copyExamples(): Promise<{ folder: string }> {
    return this._door.json('examples', 'POST', {});
  }

  locate({ path, start, end, quote }: ICited, text = false): Promise<ILocated> {
    const sent = { path, start, end, quote, ...(text && { text }) };
    return this._door.json('locate', 'POST', sent);
  }

  models(): Promise<IModels> {
    return this._door.json('models');
  }

  pull(name: string, signal: AbortSignal): AsyncIterable<WorkEvent<unknown>> {
    return this._door.lines('models/pull', 'POST', { name }, signal);
  }

  async preload(model: string): Promise<void> {
    await this._door.json('models/load', 'POST', { model });
  }

  async jobs(): Promise<IJob[]> {
    return (await this._door.json<{ jobs: IJob[] }>('jobs')).jobs;
  }

  index(
    paths: readonly string[],
    collection: string,
    how: IIndexing = {}
  ): Promise<IJob> {
    return this._door.json('jobs', 'POST', {
      kind: 'index',
      paths,
      collection,
      ...how
    });
  }

  async refresh(paths: readonly string[]): Promise<IJob[]> {
    return (
      await this._door.json<{ jobs: IJob[] }>('refresh', 'POST', { paths })
    ).jobs;
  }

  listDocuments(
    { under = [], ...query }: IDocumentsQuery,
    signal?: AbortSignal
  ): Promise<IDocuments> {
    const parameters = new URLSearchParams();
    for (const [name, value] of Object.entries(query)) {
      if (value !== undefined && value !== '') {
        parameters.append(name, String(value));
      }
    }
    under.forEach(path => parameters.append('under', path));
    return this._door.json(
      `documents?${parameters.toString()}`,
      'GET',
      undefined,
      signal
    );
  }

  forget(removal: IRemoval): Promise<IForgetReport> {
    return this._door.json('forget', 'POST', removal);
  }

  async renameCollection(collection: string, name: string): Promise<void> {
    await this._door.json('collections/rename', 'POST', { collection, name });
  }

  watch(collection: string, on: boolean): Promise<IFollowing> {
    return this._door.json('watch', 'POST', { collection, on });
  }

  async sync(collection: string): Promise<void> {
    await this._door.json('sync', 'POST', { collection });
  }

  follow(
    job: string,
    signal: AbortSignal
  ): AsyncIterable<WorkEvent<IIndexReport>> {
    return this._door.lines(
      at('jobs', job, 'events'),
      'GET',
      undefined,
      signal
    );
  }

  indexProject(path: string): Promise<{ collection: string; jobs: IJob[] }> {
    return this._door.json('project', 'POST', { path });
  }

  importBundle(path: string): Promise<IImportReport> {
    return this._door.json('bundles', 'POST', { path });
  }

  async cancel(job: string): Promise<void> {
    await this._door.json(at('jobs', job), 'DELETE');
  }

  async conversations(): Promise<IConversation[]> {
    return (
      await this._door.json<{ conversations: IConversation[] }>('conversations')
    ).conversations;
  }

  conversation(id: string): Promise<IConversation> {
    return this._door.json(at('conversations', id));
  }

  async changeConversation(
    id: string,
    change: { title?: string; pinned?: boolean }
  ): Promise<void> {
    await this._door.json(at('conversations', id), 'PATCH', change);
  }

  async exported(
    id: string,
    form: ExportForm,
    folder: string
  ): Promise<string> {
    const asked = new URLSearchParams({ form, folder }).toString();
    return (
      await this._door.json<{ text: string }>(
        `${at('conversations', id, 'export')}?${asked}`
      )
    ).text;
  }

  async rate(
    id: string,
    answer: number,
    useful: boolean | null
  ): Promise<void> {
    const place = at('conversations', id, 'answers', String(answer));
    await this._door.json(place, 'PUT', { useful });
  }

  feedback(): Promise<IFeedback> {
    return this._door.json('feedback');
  }

  async deleteConversation(id: string): Promise<void> {
    await this._door.json(at('conversations', id), 'DELETE');
  }

  async answerMarkdown(answer: IAnswer, folder: string): Promise<string> {
    const sent = { answer: { ...answer, passages: [], context: '' }, folder };
    return (
      await this._door.json<{ markdown: string }>('markdown', 'POST', sent)
    ).markdown;
  }

  settings(): Promise<ISettings> {
    return this._door.json('settings');
  }

  changeSettings(changes: Partial<SettingValues>): Promise<ISettings> {
    return this._door.json('settings', 'PATCH', changes);
  }

  doctor(): Promise<IDiagnosis> {
    return this._door.json('doctor');
  }

  changes(onStamps: (stamps: IStamps) => void): IWatch {
    return new Watch(() => this._door.socket('changes'), onStamps);
  }
}

function at(...parts: string[]): string {
  return parts.map(encodeURIComponent).join('/');
}
