import type { IStateDB } from '@jupyterlab/statedb';
import type { ReadonlyPartialJSONObject } from '@lumino/coreutils';

const KEY = 'jupyter-localai:panel';
const DRAFT = 'jupyter-localai:draft';
const ATTACHED = 'jupyter-localai:attached';

/** What the panel restores after the page is reloaded. */
export interface ISavedState {
  conversation?: string;
  collection?: string;
  /** Collections that are asked together with it. */
  others?: readonly string[];
  model?: string;
  extractive?: boolean;
  /** The contents path of the document that questions are limited to. */
  document?: string;
  /** Whether the panel has been shown. */
  shown?: boolean;
}

/** Stores what the panel restores; typed text is stored separately, in the page's session. */
export interface IMemory {
  load(): Promise<ISavedState>;
  save(saved: ISavedState): void;
  readDraft(): string;
  writeDraft(text: string): void;
  readAttached(): string;
  writeAttached(text: string): void;
}

/**
 * Keeps the user's choices in JupyterLab's workspace state, and what the user typed only in the browser tab's session.
 *
 * So no typed text reaches a file.
 */
export class Memory implements IMemory {
  constructor(private readonly _state: IStateDB | null) {}

  async load(): Promise<ISavedState> {
    return ((await this._state?.fetch(KEY)) ?? {}) as ISavedState;
  }

  save(saved: ISavedState): void {
    const value = JSON.parse(
      JSON.stringify(saved)
    ) as ReadonlyPartialJSONObject;
    void this._state?.save(KEY, value);
  }

  readDraft(): string {
    return sessionStorage.getItem(DRAFT) ?? '';
  }

  writeDraft(text: string): void {
    sessionStorage.setItem(DRAFT, text);
  }

  readAttached(): string {
    return sessionStorage.getItem(ATTACHED) ?? '';
  }

  writeAttached(text: string): void {
    sessionStorage.setItem(ATTACHED, text);
  }
}
