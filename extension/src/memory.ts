import type { IStateDB } from '@jupyterlab/statedb';
import type { ReadonlyPartialJSONObject } from '@lumino/coreutils';

import type { IMemory, ISaved } from './model/panel';

const KEY = 'jupyter-localai:panel';
const DRAFT = 'jupyter-localai:draft';
const ATTACHED = 'jupyter-localai:attached';

/**
 * Choices go where JupyterLab keeps a workspace's state, without any text. What was typed stays in the
 * browser tab's own session and is in no file.
 */
export class Memory implements IMemory {
  constructor(private readonly _state: IStateDB | null) {}

  async load(): Promise<ISaved> {
    return ((await this._state?.fetch(KEY)) ?? {}) as ISaved;
  }

  save(saved: ISaved): void {
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
