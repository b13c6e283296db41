import type { ISignal } from '@lumino/signaling';
import { Signal } from '@lumino/signaling';
import type { TranslationBundle } from '@jupyterlab/translation';

import type { IServer } from '../net/server';
import type { SettingValues } from '../net/wire';
import { headlineOf, nameOf, outcomeOf } from '../text/words';
import { Attachments } from './attachments';
import { Beginning, EXAMPLES } from './beginning';
import { Checks } from './checks';
import type { Choice, Conversation } from './conversation';
import { namesOf } from './conversation';
import { Conversations } from './conversations';
import { Documents } from './documents';
import { Download } from './download';
import { Updates } from './updates';
import { Jobs } from './jobs';
import type { IMemory, ISavedState } from './memory';
import { Mentions } from './mentions';
import { Revision } from './revision';
import { isOver } from './run';
import { Settings } from './settings';
import { Setup } from './setup';

/** The collection that is used when none is named. */
export const DEFAULT_COLLECTION = 'default';

/** How long the chat model is taken to be in memory after it was asked for. */
const PRELOAD_MS = 60_000;

/** What the panel shows above the question's field. */
export type View =
  'conversation' | 'conversations' | 'documents' | 'checks' | 'settings';

/** The state and actions of the side panel, without any DOM. */
export class PanelModel {
  constructor(
    readonly server: IServer,
    private readonly _memory: IMemory,
    version: string,
    private readonly _trans: TranslationBundle
  ) {
    this.setup = new Setup(server, version, _trans);
    this.beginning = new Beginning(server);
    this.download = new Download(server);
    this.jobs = new Jobs(server);
    this.documents = new Documents(server);
    this.conversations = new Conversations(server);
    this.checks = new Checks(server);
    this.settings = new Settings(server);
    this.mentions = new Mentions(server);
    this.updates = new Updates(server, {
      jobs: () => this.jobs.resume(),
      documents: () => this._refreshDocuments(),
      conversations: () => this._refreshConversations(),
      models: () => this.setup.checkModels()
    });
    this.jobs.ended.connect(() => this.updates.note('documents'));
    this.checks.changed.connect(() => this._announceChecks());
    this.conversations.changed.connect(() => this._changed.emit());
    this.conversations.shown.connect(() => this.showView('conversation'));
    this.conversations.switched.connect((_, { id, collection }) => {
      this._save({ conversation: id, ...this._named(collection) });
      this.attachments.limit('');
      this._cancelRevision();
    });
    this.revision.changed.connect(() => this._changed.emit());
    this.attachments.changed.connect(() => {
      const document = this.attachments.document || undefined;
      this._keepDraft();
      if (document !== this._saved.document) {
        this._save({ document });
      }
      this._changed.emit();
    });
  }

  readonly setup: Setup;
  readonly beginning: Beginning;
  readonly download: Download;
  readonly jobs: Jobs;
  readonly documents: Documents;
  readonly conversations: Conversations;
  readonly checks: Checks;
  readonly settings: Settings;
  readonly mentions: Mentions;
  readonly updates: Updates;
  readonly attachments = new Attachments();
  readonly revision = new Revision();

  /** Emitted when anything changes, except jobs, a download and the setup. */
  get changed(): ISignal<this, void> {
    return this._changed;
  }

  /** The conversation that is shown. */
  get conversation(): Conversation {
    return this.conversations.current;
  }

  get view(): View {
    return this._view;
  }

  get collection(): string {
    return this._saved.collection ?? this._defaults.collection;
  }

  /** Whether something is being indexed. */
  get isIndexing(): boolean {
    return this.jobs.runs.some(run => !isOver(run));
  }

  /** The number of documents in the chosen collection. */
  get documentCount(): number {
    const known = this.setup.status?.collections ?? [];
    return known.find(({ name }) => name === this.collection)?.documents ?? 0;
  }

  /** The collections that are asked; what is indexed goes into the first. */
  get asked(): readonly string[] {
    return [this.collection, ...(this._saved.others ?? [])];
  }

  /** The collections to choose from, including the chosen one even when it is empty. */
  get collections(): string[] {
    const known = this.setup.status?.collections ?? [];
    return [...new Set([...known.map(({ name }) => name), this.collection])];
  }

  /** Whether something at, below or above a contents-API path is indexed; true while that is not known. */
  mayBeIndexed(path: string): boolean {
    const folders = this.setup.status?.collections.flatMap(
      ({ folders }) => folders ?? []
    );
    const isInside = (inner: string, outer: string): boolean =>
      outer === '' || inner === outer || inner.startsWith(`${outer}/`);
    return (
      folders?.some(
        folder => isInside(path, folder) || isInside(folder, path)
      ) ?? true
    );
  }

  /** The chat model to use; empty for the server's choice. */
  get chatModel(): string {
    return this._saved.model ?? '';
  }

  /** Have the chat model brought into memory before it is asked, at most once a minute. */
  preload(): void {
    const now = Date.now();
    if (!this.isExtractive && now - this._preloaded >= PRELOAD_MS) {
      this._preloaded = now;
      this.server.preload(this.chatModel).catch(() => {
        // the question that follows reports it
      });
    }
  }

  /** Whether answers are quoted from the documents, without a chat model. */
  get isExtractive(): boolean {
    return this._saved.extractive ?? this._defaults.extractive;
  }

  /** The text in the question's field. */
  get draft(): string {
    return this._draft;
  }

  /** A text for screen readers that says what happens. */
  get announcement(): string {
    return this._announcement;
  }

  /** Take the user's settings; a choice in the panel takes precedence. */
  setDefaults(collection: string, extractive: boolean): void {
    this._defaults = {
      collection: collection || DEFAULT_COLLECTION,
      extractive
    };
    this._changed.emit();
  }

  /** Restore the saved state and connect to the server, on the first call only. Never rejects. */
  async start(): Promise<void> {
    if (this._started) {
      return;
    }
    this._started = true;
    await this._restore();
    await this.updates.start();
    const { conversation } = this._saved;
    await Promise.all([
      this.setup.check(),
      conversation && this.conversations.reopen(conversation)
    ]);
    if (!this.setup.error) {
      await this.jobs.resume().catch(() => undefined);
    }
  }

  /** Whether the panel is shown for the first time; asked again, it is not. */
  async isFirstTime(): Promise<boolean> {
    await this._restore();
    const { shown } = this._saved;
    if (!shown) {
      this._save({ shown: true });
    }
    return !shown;
  }

  showView(view: View): void {
    this._view = view;
    this._changed.emit();
    if (view === 'conversations') {
      void this.conversations.refresh();
    } else if (view === 'checks') {
      void this.checks.run();
    } else if (view === 'settings') {
      void this.settings.load();
    }
    if (view === 'documents') {
      void this.documents.show(this.collection);
    }
  }

  /** Save the settings of the form, and go back when that is done. */
  async saveSettings(values: SettingValues): Promise<void> {
    if (await this.settings.save(values)) {
      this._announce(this._trans.__('Settings saved'));
      this.showView('conversation');
    } else {
      const { message, remedy } = this.settings.error!;
      this._announce(`${message} ${remedy}`);
    }
  }

  setDraft(text: string): void {
    this._draft = text;
    this._keepDraft();
    this._changed.emit();
  }

  chooseCollection(name: string, others: readonly string[] = []): void {
    this._save({ collection: name, others });
    if (this._view === 'documents') {
      void this.documents.show(name);
    }
  }

  /** Have a collection asked that was indexed into, unless a conversation is about another one. */
  suggestCollection(name: string): void {
    if (this.conversation.turns.length === 0) {
      this.chooseCollection(name);
    }
  }

  /** Choose the chat model by its name; empty for the server's choice, null for none. */
  chooseModel(name: string | null): void {
    this._save({ model: name ?? undefined, extractive: name === null });
  }

  /** The collection that further documents of the user's go into. */
  get ownCollection(): string {
    return this.collection === EXAMPLES
      ? this._defaults.collection
      : this.collection;
  }

  /** Index the example documents in a collection of their own, and ask that. Never rejects. */
  async tryExamples(): Promise<void> {
    const folder = await this.beginning.copy();
    if (folder !== null) {
      this.chooseCollection(EXAMPLES);
      await this.jobs.index([folder], EXAMPLES);
    }
  }

  /** Ask a suggested question. */
  async askSuggested(question: string): Promise<void> {
    await this._ask(question, '', '');
  }

  /** Ask the text in the question's field. */
  async askDraft(): Promise<void> {
    const question = this._draft.trim();
    if (question && !this.conversation.isBusy) {
      this._draft = '';
      const { place } = this.revision;
      if (place !== null) {
        this.revision.end();
        this.showView('conversation');
        await this._awaitAnswer(talk =>
          talk.replace(place, question, this._choice)
        );
      } else {
        const { text, path } = this.attachments;
        await this._ask(question, text, path);
      }
    }
  }

  /** Put the question of a turn into the field, to be asked in other words in its place. */
  revise(place: number): void {
    this.revision.begin(place, this._draft);
    this.setDraft(this.conversation.turns[place].question);
  }

  /** Leave the question as it is. */
  cancelRevision(): void {
    this._cancelRevision();
  }

  /** Have a turn answered again, by the chosen chat model or by another; empty for the server's choice, null for none. */
  async askAgain(place: number, by?: string | null): Promise<void> {
    const { collection, document } = this._choice;
    const writer = by === null ? { extractive: true } : by ? { model: by } : {};
    const chosen =
      by === undefined ? this._choice : { collection, document, ...writer };
    await this._awaitAnswer(talk =>
      talk.replace(place, talk.turns[place].question, chosen)
    );
  }

  /** Bring the last question back into an empty field; return whether there is one. */
  recall(): boolean {
    const { turns } = this.conversation;
    const last = turns[turns.length - 1];
    if (!last || this._draft || this.revision.place !== null) {
      return false;
    }
    this.setDraft(last.question);
    return true;
  }

  /** Give a collection another name. */
  async renameCollection(name: string, other: string): Promise<void> {
    await this.server.renameCollection(name, other);
    await this.setup.checkDocuments();
    const [first, ...others] = this.asked.map(each =>
      each === name ? other : each
    );
    this.chooseCollection(first, others);
  }

  /** Remove a collection from the index. */
  async removeCollection(name: string): Promise<void> {
    const left = this.collections.filter(each => each !== name);
    await this.jobs.forget([], name);
    await this.setup.checkDocuments();
    if (this.asked.includes(name)) {
      this.chooseCollection(left[0] ?? this._defaults.collection);
    }
  }

  /** Attach a text, which comes from a file, to the next question. */
  async attach(text: string, path = ''): Promise<void> {
    await this._restore();
    this.attachments.attach(text, path);
  }

  /** Ask about a text now, in a conversation of its own; another one keeps receiving its answer. */
  async askAbout(question: string, text: string, path = ''): Promise<void> {
    await this._restore();
    this.conversations.startNew();
    await this._ask(question, text, path);
  }

  /** Have an overview given of files and folders, or of the collection where none are named. */
  async summarize(paths: readonly string[]): Promise<void> {
    await this._restore();
    if (this.conversation.isBusy) {
      this.conversations.startNew();
    }
    const { collection, model, extractive } = this._choice;
    const names = paths.length
      ? paths.map(nameOf).join(', ')
      : namesOf(collection);
    this.showView('conversation');
    await this._awaitAnswer(talk =>
      talk.summarize(this._trans.__('Summarise %1', names), paths, {
        ...(!paths.length && { collection }),
        ...(extractive ? { extractive } : model && { model })
      })
    );
  }

  /** Index one document and limit questions to it; a failed run shows why that did not work. */
  async limitTo(document: string): Promise<void> {
    await this._restore();
    const paths = [document];
    await this.jobs.index(paths, this.collection);
    const run = this.jobs.runs.find(run => run.paths === paths);
    const { failed, skipped } = run?.report ?? {};
    if (run && failed?.length === 0 && skipped?.length === 0) {
      this.jobs.dismiss(run.id);
      this.attachments.limit(document);
    }
  }

  /** Ask the last question again after its answer failed, was stopped or was remembered. */
  async retry(): Promise<void> {
    await this._awaitAnswer(talk => talk.retry(this._choice));
  }

  stop(): void {
    this.conversation.stop();
  }

  /** Download a model through Ollama and use it. */
  async pull(name: string): Promise<void> {
    if (await this.download.start(name)) {
      await this.setup.checkModels();
      this.chooseModel('');
    }
  }

  dispose(): void {
    this.jobs.dispose();
    this.documents.dispose();
    this.download.cancel();
    this.conversations.dispose();
    this.updates.dispose();
  }

  /** Fetch the documents' counts again, and the list when it is shown. */
  private async _refreshDocuments(): Promise<void> {
    await Promise.all([
      this.setup.error ? this.setup.check() : this.setup.checkDocuments(),
      this._view === 'documents' && this.documents.refresh()
    ]);
  }

  /** Fetch the conversations again when any of them is shown. */
  private async _refreshConversations(): Promise<void> {
    if (this._view === 'conversations' || this.conversation.id !== undefined) {
      await this.conversations.refresh();
    }
  }

  private _announceChecks(): void {
    const { isRunning, error, diagnosis } = this.checks;
    this._announce(
      isRunning
        ? this._trans.__('Checking…')
        : error
          ? `${error.message} ${error.remedy}`
          : diagnosis
            ? headlineOf(diagnosis, this._trans)
            : ''
    );
  }

  /** Restore the saved state, on the first call only. */
  private _restore(): Promise<void> {
    return (this._restored ??= (async () => {
      this._draft ||= this._memory.readDraft();
      this._saved = await this._memory.load().catch(() => ({}));
      const attached = this._draft ? this._memory.readAttached() : '';
      this.attachments.restore(attached, this._saved.document ?? '');
      this._changed.emit();
    })());
  }

  private get _choice(): Choice {
    const { asked } = this;
    const { document } = this.attachments;
    return {
      collection: asked.length > 1 ? asked : asked[0],
      ...(document && { document }),
      ...(this.isExtractive
        ? { extractive: true }
        : this.chatModel && { model: this.chatModel })
    };
  }

  private async _ask(
    question: string,
    context: string,
    path: string
  ): Promise<void> {
    const choice = {
      ...this._choice,
      ...(context && { context, ...(path && { context_path: path }) })
    };
    if (context === this.attachments.text) {
      this.attachments.detach();
    }
    this.showView('conversation');
    await this._awaitAnswer(talk => talk.ask(question, choice));
  }

  private async _awaitAnswer(
    ask: (talk: Conversation) => Promise<void>
  ): Promise<void> {
    const talk = this.conversation;
    this._lastAsked = talk;
    const answered = ask(talk);
    this._keepDraft();
    this._announce(this._trans.__('Answering…'));
    await answered;
    this._keepAnswer(talk);
    void talk.kept.then(() => this._keepAnswer(talk));
    const turn = talk.turns[talk.turns.length - 1];
    this._announce(outcomeOf(turn, this.collection, this._trans));
    if (this.setup.error) {
      await this.setup.check();
    }
  }

  /** Save where an answer is, and its question no more, for a reload of the page. */
  private _keepAnswer(talk: Conversation): void {
    this._keepDraft();
    if (talk === this.conversation) {
      this._save({ conversation: talk.id });
    }
  }

  private _announce(text: string): void {
    this._announcement = text;
    this._changed.emit();
  }

  private _save(change: ISavedState): void {
    this._saved = { ...this._saved, ...change };
    this._memory.save(this._saved);
    this._changed.emit();
  }

  private _cancelRevision(): void {
    if (this.revision.place !== null) {
      this.setDraft(this.revision.end());
    }
  }

  /** The collections that a conversation of these names asked: names may have commas, too. */
  private _named(names: string): ISavedState {
    const known = this.collections;
    const parts = names.split(', ');
    const isList =
      !known.includes(names) && parts.every(part => known.includes(part));
    const [collection, ...others] = isList ? parts : [names];
    return names ? { collection, others } : {};
  }

  /** Save the typed text, or the last question while it has no answer, for a reload of the page. */
  private _keepDraft(): void {
    const last = this._lastAsked?.turns[this._lastAsked.turns.length - 1];
    const unanswered = last?.state !== 'done' ? last : undefined;
    this._memory.writeDraft(this._draft || (unanswered?.question ?? ''));
    const { text } = this.attachments;
    this._memory.writeAttached(
      this._draft || text ? text : (unanswered?.context ?? '')
    );
  }

  private _started = false;
  private _restored: Promise<void> | null = null;
  private _view: View = 'conversation';
  private _draft = '';
  private _saved: ISavedState = {};
  private _defaults = { collection: DEFAULT_COLLECTION, extractive: false };
  private _announcement = '';
  private _preloaded = -Infinity;
  private _lastAsked: Conversation | null = null;
  private _changed = new Signal<this, void>(this);
}
