import type { ISignal } from '@lumino/signaling';
import { Signal } from '@lumino/signaling';

import type { IServer } from '../net/server';
import type { IConversation, IError } from '../net/wire';
import { Conversation } from './conversation';
import { asError } from './problem';

/** The conversation that is shown, those that were opened or begun, and the list of all that the server remembers. */
export class Conversations {
  constructor(private readonly _server: IServer) {
    this._current = this._begin();
  }

  get current(): Conversation {
    return this._current;
  }

  /** What the server remembers, the last changed first; null while it was not asked. */
  get kept(): readonly IConversation[] | null {
    return this._kept;
  }

  /** Those with a question but no complete answer, which the server does not know; the latest first. */
  get begun(): readonly Conversation[] {
    return this._live
      .filter(talk => talk.id === undefined && talk.turns.length > 0)
      .reverse();
  }

  /** Why the conversations cannot be listed, opened or deleted. */
  get error(): IError | null {
    return this._error;
  }

  /** Emitted when anything changed, a turn of a conversation too. */
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

  /** Show a conversation that was begun here; an answer being made in another one goes on. */
  show(talk: Conversation): void {
    this._switch(talk);
    this._shown.emit();
    this._changed.emit();
  }

  /** Ask the server anew what it remembers, and follow what changed of it. Never rejects, like all below. */
  async refresh(): Promise<void> {
    await this._telling(async () => {
      const kept = (this._kept = await this._server.conversations());
      const isOld = (talk: Conversation): boolean =>
        talk.id !== undefined &&
        !talk.isBusy &&
        kept.find(({ id }) => id === talk.id)?.turns !== talk.answered;
      const current = this._current;
      const isCurrentOld = isOld(current);
      // another one is loaded anew when it is opened
      this._live = this._live.filter(talk => talk === current || !isOld(talk));
      if (isCurrentOld) {
        await this._renew(current, kept);
      }
    });
  }

  /** Show a conversation that the server remembers. */
  async open(id: string): Promise<void> {
    await this._telling(async () => {
      const live = this._live.find(talk => talk.id === id);
      this.show(live ?? this._watch(await this._load(id)));
    });
  }

  /** Show the conversation that was shown before, unless it is gone or another was begun meanwhile. */
  async reopen(id: string): Promise<void> {
    const empty = this._current;
    // it may have been deleted elsewhere; what keeps the server from answering is told by the setup
    const talk = await this._load(id).catch(() => null);
    if (talk && this._current === empty && empty.turns.length === 0) {
      this._current = this._watch(talk);
      this._changed.emit();
    }
  }

  async delete(id: string): Promise<void> {
    await this._telling(async () => {
      await this._server.deleteConversation(id);
      this._kept = (this._kept ?? []).filter(talk => talk.id !== id);
      this._drop(this._live.find(talk => talk.id === id));
    });
  }

  dispose(): void {
    this._live.forEach(talk => talk.stop());
  }

  private async _renew(
    talk: Conversation,
    kept: readonly IConversation[]
  ): Promise<void> {
    const id = talk.id!;
    if (kept.some(other => other.id === id)) {
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

  private async _telling(work: () => Promise<void>): Promise<void> {
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
  private _kept: readonly IConversation[] | null = null;
  private _error: IError | null = null;
  private _changed = new Signal<this, void>(this);
  private _shown = new Signal<this, void>(this);
  private _switched = new Signal<this, Conversation>(this);
}
