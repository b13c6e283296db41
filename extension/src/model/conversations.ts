import type { ISignal } from '@lumino/signaling';
import { Signal } from '@lumino/signaling';

import type { IServer } from '../net/server';
import type { IConversation, IError } from '../net/wire';
import { Conversation } from './conversation';
import { asError } from './errors';

/** The current conversation, the open ones, and the list of those that the server stores. */
export class Conversations {
  constructor(private readonly _server: IServer) {
    this._current = this._begin();
  }

  get current(): Conversation {
    return this._current;
  }

  /** The conversations that the server stores, most recent first; null before the first request. */
  get stored(): readonly IConversation[] | null {
    return this._stored;
  }

  /** Conversations with a question but no complete answer, which the server does not store yet; newest first. */
  get unanswered(): readonly Conversation[] {
    return this._live
      .filter(talk => talk.id === undefined && talk.turns.length > 0)
      .reverse();
  }

  /** Why the conversations cannot be listed, opened or deleted. */
  get error(): IError | null {
    return this._error;
  }

  /** Emitted when anything changes, including a turn of a conversation. */
  get changed(): ISignal<this, void> {
    return this._changed;
  }

  /** Emitted when the user wants to see the current conversation. */
  get shown(): ISignal<this, void> {
    return this._shown;
  }

  /** Emitted when the user goes to another conversation. */
  get switched(): ISignal<this, Conversation> {
    return this._switched;
  }

  startNew(): void {
    this.show(this._current.turns.length > 0 ? this._begin() : this._current);
  }

  /** Show a conversation of this page; another one keeps receiving its answer. */
  show(talk: Conversation): void {
    this._switch(talk);
    this._shown.emit();
    this._changed.emit();
  }

  /** Fetch the server's conversations and reload the changed ones. Never rejects, like the methods below. */
  async refresh(): Promise<void> {
    await this._recordError(async () => {
      const stored = (this._stored = await this._server.conversations());
      for (const { id, title } of stored) {
        this._live.find(talk => talk.id === id)?.retitle(title);
      }
      const isOld = (talk: Conversation): boolean =>
        talk.id !== undefined &&
        !talk.isBusy &&
        stored.find(({ id }) => id === talk.id)?.turns !== talk.answered;
      const current = this._current;
      const isCurrentOld = isOld(current);
      // the others are loaded again when they are opened
      this._live = this._live.filter(talk => talk === current || !isOld(talk));
      if (isCurrentOld) {
        await this._reload(current, stored);
      }
    });
  }

  /** Show a conversation that the server stores. */
  async open(id: string): Promise<void> {
    await this._recordError(async () => {
      const live = this._live.find(talk => talk.id === id);
      this.show(live ?? this._watch(await this._load(id)));
    });
  }

  /** Show the previous conversation again, unless it is gone or the user has begun another one. */
  async reopen(id: string): Promise<void> {
    const empty = this._current;
    // it may have been deleted elsewhere; `Setup` reports why the server does not answer
    const talk = await this._load(id).catch(() => null);
    if (talk && this._current === empty && empty.turns.length === 0) {
      this._current = this._watch(talk);
      this._changed.emit();
    }
  }

  /** Give a conversation another title, or pin it. */
  async change(
    id: string,
    change: { title?: string; pinned?: boolean }
  ): Promise<void> {
    await this._recordError(async () => {
      await this._server.changeConversation(id, change);
      this._stored = await this._server.conversations();
      const talk = this._live.find(talk => talk.id === id);
      if (talk && change.title !== undefined) {
        await this._reload(talk, this._stored);
      }
    });
  }

  async delete(id: string): Promise<void> {
    await this._recordError(async () => {
      await this._server.deleteConversation(id);
      this._stored = (this._stored ?? []).filter(talk => talk.id !== id);
      this._drop(this._live.find(talk => talk.id === id));
    });
  }

  dispose(): void {
    this._live.forEach(talk => talk.stop());
  }

  private async _reload(
    talk: Conversation,
    stored: readonly IConversation[]
  ): Promise<void> {
    const id = talk.id!;
    if (stored.some(other => other.id === id)) {
      talk.take(await this._server.conversation(id));
    } else if (talk === this._current) {
      this._drop(talk);
    }
  }

  private _drop(talk: Conversation | undefined): void {
    talk?.stop();
    this._live = this._live.filter(other => other !== talk);
    if (talk === this._current) {
      this._switch(this._begin());
    }
  }

  private _begin(): Conversation {
    return this._watch(new Conversation(this._server));
  }

  private async _load(id: string): Promise<Conversation> {
    return new Conversation(this._server, await this._server.conversation(id));
  }

  private _watch(talk: Conversation): Conversation {
    this._live = [...this._live, talk];
    talk.changed.connect(() => this._changed.emit());
    return talk;
  }

  private _switch(talk: Conversation): void {
    if (talk !== this._current) {
      this._current = talk;
      this._switched.emit(talk);
    }
  }

  private async _recordError(work: () => Promise<void>): Promise<void> {
    this._error = null;
    try {
      await work();
    } catch (error) {
      this._error = asError(error);
    }
    this._changed.emit();
  }

  private _live: readonly Conversation[] = [];
  private _current: Conversation;
  private _stored: readonly IConversation[] | null = null;
  private _error: IError | null = null;
  private _changed = new Signal<this, void>(this);
  private _shown = new Signal<this, void>(this);
  private _switched = new Signal<this, Conversation>(this);
}
