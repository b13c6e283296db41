import type { ISignal } from '@lumino/signaling';
import { Signal } from '@lumino/signaling';
import type { TranslationBundle } from '@jupyterlab/translation';

import type { IServer } from '../net/server';
import { headlineOf } from '../text/words';
import { Attachments } from './attachments';
import { Checks } from './checks';
import type { Choice, Conversation } from './conversation';
import { Conversations } from './conversations';
import { Documents } from './documents';
import { Download } from './download';
import { Following } from './following';
import { Jobs } from './jobs';
import { Setup } from './setup';

/** The collection that is there without being named. */
export const DEFAULT_COLLECTION = 'default';

/** What the panel shows above the question's field. */
export type View = 'conversation' | 'conversations' | 'documents' | 'checks';

/** What is found again after the page was loaded anew. */
export interface ISaved {
  conversation?: string;
  collection?: string;
  model?: string;
  extractive?: boolean;
  /** The contents path of the only document that is asked. */
  document?: string;
}

/** Where the panel keeps what it wants to find again; what was typed is kept apart, in the page's own session. */
export interface IMemory {
  load(): Promise<ISaved>;
  save(saved: ISaved): void;
  readDraft(): string;
  writeDraft(text: string): void;
  readAttached(): string;
  writeAttached(text: string): void;
}

/** Everything the side panel shows and can do; knows no DOM. */
export class PanelModel {
  constructor(
    readonly server: IServer,
    private readonly _memory: IMemory,
    version: string,
    private readonly _trans: TranslationBundle
  ) {
    this.setup = new Setup(server, version, _trans);
    this.download = new Download(server);
    this.jobs = new Jobs(server);
    this.documents = new Documents(server);
    this.conversations = new Conversations(server);
    this.checks = new Checks(server);
    this.following = new Following(server, {
      jobs: () => this.jobs.resume(),
      documents: () => this._followDocuments(),
      conversations: () => this._followConversations(),
      models: () => this.setup.checkModels()
    });
    this.jobs.ended.connect(() => this.following.note('documents'));
    this.checks.changed.connect(() => this._tellChecks());
    this.conversations.changed.connect(() => this._changed.emit());
    this.conversations.shown.connect(() => this.showView('conversation'));
    this.conversations.switched.connect((_, { id, collection }) => {
      this._save({ conversation: id, ...(collection && { collection }) });
      this.attachments.limit('');
    });
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
  readonly download: Download;
  readonly jobs: Jobs;
  readonly documents: Documents;
  readonly conversations: Conversations;
  readonly checks: Checks;
  readonly following: Following;
  readonly attachments = new Attachments();

  /** Emitted when anything but a job, a download or the setup changed. */
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

  /** The collections to choose from; the chosen one is among them, though it may have nothing yet. */
  get collections(): string[] {
    const known = this.setup.status?.collections ?? [];
    return [...new Set([...known.map(({ name }) => name), this.collection])];
  }

  /** Whether something at, in or above a contents-API path is indexed; true as long as that is not known. */
  mayBeIndexed(path: string): boolean {
    const folders = this.setup.status?.collections.flatMap(
      ({ folders }) => folders ?? []
    );
    const lies = (inner: string, outer: string): boolean =>
      outer === '' || inner === outer || inner.startsWith(`${outer}/`);
    return (
      folders?.some(folder => lies(path, folder) || lies(folder, path)) ?? true
    );
  }

  /** The chat model to use; empty for the server's choice. */
  get chatModel(): string {
    return this._saved.model ?? '';
  }

  /** Whether answers are quoted from the documents, without a chat model. */
  get isExtractive(): boolean {
    return this._saved.extractive ?? this._defaults.extractive;
  }

  /** What stands in the question's field. */
  get draft(): string {
    return this._draft;
  }

  /** What goes on, in words for those who do not see it. */
  get announcement(): string {
    return this._announcement;
  }

  /** Take the user's settings; what was chosen in the panel counts more. */
  setDefaults(collection: string, extractive: boolean): void {
    this._defaults = {
      collection: collection || DEFAULT_COLLECTION,
      extractive
    };
    this._changed.emit();
  }

  /** Find again what was there and look at the server; the first call counts. Never rejects. */
  async start(): Promise<void> {
    if (this._started) {
      return;
    }
    this._started = true;
    await this._restore();
    await this.following.start();
    const { conversation } = this._saved;
    await Promise.all([
      this.setup.check(),
      conversation && this.conversations.reopen(conversation)
    ]);
    if (!this.setup.error) {
      await this.jobs.resume().catch(() => undefined);
    }
  }

  showView(view: View): void {
    this._view = view;
    this._changed.emit();
    if (view === 'conversations') {
      void this.conversations.refresh();
    } else if (view === 'checks') {
      void this.checks.run();
    }
    if (view === 'documents') {
      void this.documents.show(this.collection);
    }
  }

  setDraft(text: string): void {
    this._draft = text;
    this._keepDraft();
    this._changed.emit();
  }

  chooseCollection(name: string): void {
    this._save({ collection: name });
    if (this._view === 'documents') {
      void this.documents.show(name);
    }
  }

  /** Choose the chat model by its name; empty for the server's choice, null for none. */
  chooseModel(name: string | null): void {
    this._save({ model: name ?? undefined, extractive: name === null });
  }

  /** Ask what stands in the question's field. */
  async askDraft(): Promise<void> {
    const question = this._draft.trim();
    if (question && !this.conversation.isBusy) {
      this._draft = '';
      await this._ask(question, this.attachments.text);
    }
  }

  /** Have the next question be about a text. */
  async attach(text: string): Promise<void> {
    await this._restore();
    this.attachments.attach(text);
  }

  /** Ask about a text at once; while an answer is made, question and text wait in the question's field instead. */
  async askAbout(question: string, text: string): Promise<void> {
    await this._restore();
    if (this.conversation.isBusy) {
      this.attachments.attach(text);
      this.setDraft(question);
    } else {
      await this._ask(question, text);
    }
  }

  /** Index one document and ask nothing but it from then on; a run that failed tells why that is not so. */
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

  /** Ask the last question again, whose answer failed or was stopped. */
  async retry(): Promise<void> {
    await this._asking(talk => talk.retry(this._choice));
  }

  stop(): void {
    this.conversation.stop();
  }

  /** Have Ollama download a model, and use it. */
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
    this.following.dispose();
  }

  /** Look at the documents again: their numbers, and those that are listed. */
  private async _followDocuments(): Promise<void> {
    await Promise.all([
      this.setup.error ? this.setup.check() : this.setup.checkDocuments(),
      this._view === 'documents' && this.documents.refresh()
    ]);
  }

  /** Look at the conversations again, unless none of them is shown. */
  private async _followConversations(): Promise<void> {
    if (this._view === 'conversations' || this.conversation.id !== undefined) {
      await this.conversations.refresh();
    }
  }

  private _tellChecks(): void {
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

  /** Find again what was there before; the first call counts. */
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
    const { collection } = this;
    const { document } = this.attachments;
    return {
      collection,
      ...(document && { document }),
      ...(this.isExtractive
        ? { extractive: true }
        : this.chatModel && { model: this.chatModel })
    };
  }

  private async _ask(question: string, context: string): Promise<void> {
    const choice = { ...this._choice, ...(context && { context }) };
    if (context === this.attachments.text) {
      this.attachments.detach();
    }
    this.showView('conversation');
    await this._asking(talk => talk.ask(question, choice));
  }

  private async _asking(
    ask: (talk: Conversation) => Promise<void>
  ): Promise<void> {
    const talk = this.conversation;
    const asked = ask(talk);
    this._keepDraft();
    this._announce(this._trans.__('Answering…'));
    await asked;
    this._keepDraft();
    if (talk === this.conversation) {
      this._save({ conversation: talk.id });
    }
    this._announce(this._outcome(talk));
    if (this.setup.error) {
      await this.setup.check();
    }
  }

  private _outcome(talk: Conversation): string {
    const turn = talk.turns[talk.turns.length - 1];
    const count = turn.answer?.citations.length ?? 0;
    switch (turn.state) {
      case 'stopped':
        return this._trans.__('Stopped.');
      case 'failed':
        return `${turn.error!.message} ${turn.error!.remedy}`;
      default:
        return this._trans._n(
          'Answer ready, %1 source.',
          'Answer ready, %1 sources.',
          count
        );
    }
  }

  private _announce(text: string): void {
    this._announcement = text;
    this._changed.emit();
  }

  private _save(change: ISaved): void {
    this._saved = { ...this._saved, ...change };
    this._memory.save(this._saved);
    this._changed.emit();
  }

  /** Keep what was typed, and a question that has no answer yet, for when the page is loaded anew. */
  private _keepDraft(): void {
    const unanswered = [this.conversation, ...this.conversations.begun]
      .map(talk => talk.turns[talk.turns.length - 1])
      .find(turn => turn && turn.state !== 'done');
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
  private _saved: ISaved = {};
  private _defaults = { collection: DEFAULT_COLLECTION, extractive: false };
  private _announcement = '';
  private _changed = new Signal<this, void>(this);
}
