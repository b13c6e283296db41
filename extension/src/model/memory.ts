import type { IStateDB } from '@jupyterlab/statedb';
import type { ReadonlyPartialJSONObject } from '@lumino/coreutils';

import type { IMemory, ISavedState } from './panel';

const KEY = 'jupyter-localai:panel';
const DRAFT = 'jupyter-localai:draft';
const ATTACHED = 'jupyter-localai:attached';

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
