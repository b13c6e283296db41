import type { ISignal } from '@lumino/signaling';
import { Signal } from '@lumino/signaling';
import type { TranslationBundle } from '@jupyterlab/translation';

import type { IServer } from '../server';
import type { Choice, Conversation } from './conversation';
import { Conversations } from './conversations';
import { Documents } from './documents';
import { Download } from './download';
import { Jobs } from './jobs';
import { Setup } from './setup';

/** The collection that is there without being named. */
export const DEFAULT_COLLECTION = 'default';

/** What the panel shows above the question's field. */
export type View = 'conversation' | 'conversations' | 'documents';

/** What is found again after the page was loaded anew. */
export interface ISaved {
  conversation?: string;
  collection?: string;
  model?: string;
  extractive?: boolean;
}

/** Where the panel keeps what it wants to find again; what was typed is kept apart, in the page's own session. */
export interface IMemory {
  load(): Promise<ISaved>;
  save(saved: ISaved): void;
  readDraft(): string;
  writeDraft(text: string): void;
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
    this.jobs.ended.connect(() => {
      void this.setup.checkDocuments();
      void this.documents.refresh();
    });
    this.conversations.changed.connect(() => this._changed.emit());
    this.conversations.shown.connect(() => this.showView('conversation'));
    this.conversations.switched.connect((_, { id, collection }) =>
      this._save({ conversation: id, ...(collection && { collection }) })
    );
  }

  readonly setup: Setup;
  readonly download: Download;
  readonly jobs: Jobs;
  readonly documents: Documents;
  readonly conversations: Conversations;

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
    this._draft = this._memory.readDraft();
    this._saved = await this._memory.load().catch(() => ({}));
    this._changed.emit();
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
      this.showView('conversation');
      await this._asking(talk => talk.ask(question, this._choice));
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
  }

  private get _choice(): Choice {
    const { collection } = this;
    return this.isExtractive
      ? { collection, extractive: true }
      : { collection, ...(this.chatModel && { model: this.chatModel }) };
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
  }

  private _started = false;
  private _view: View = 'conversation';
  private _draft = '';
  private _saved: ISaved = {};
  private _defaults = { collection: DEFAULT_COLLECTION, extractive: false };
  private _announcement = '';
  private _changed = new Signal<this, void>(this);
}
