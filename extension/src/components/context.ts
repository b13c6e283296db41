import type { ISignal } from '@lumino/signaling';
import type { TranslationBundle } from '@jupyterlab/translation';
import * as React from 'react';

import type { PanelModel } from '../model/panel';
import type { IConversation } from '../wire';

/** What the panel needs of JupyterLab; what is not there is null, and its buttons are left out. */
export interface IActions {
  copy(text: string): void;
  /** Put code into the notebook or editor that was used last. */
  insert: ((code: string) => void) | null;
  /** Have the user choose a folder and index it. */
  indexFolder: (() => Promise<void>) | null;
  nameCollection(): Promise<void>;
  deleteConversation(conversation: IConversation): Promise<void>;
  /** Open a file by its contents-API path; null where that is not possible. */
  openFile: ((path: string) => void) | null;
  /** Remove files and folders from the index, after asking; null where that is not possible. */
  forget: ((paths: readonly string[]) => void) | null;
  /** Open the menu of the conversation below a button. */
  openMenu(button: HTMLElement): void;
  /** Give the focus back to the document. */
  leave(): void;
}

export interface IPanelContext {
  model: PanelModel;
  trans: TranslationBundle;
  actions: IActions;
}

export const PanelContext = React.createContext<IPanelContext | null>(null);

export function usePanel(): IPanelContext {
  return React.useContext(PanelContext)!;
}

/** Draw a component anew when a signal is emitted. */
export function useChanges<T>(signal: ISignal<T, unknown>): void {
  const [, draw] = React.useReducer((count: number) => count + 1, 0);
  React.useLayoutEffect(() => {
    const slot = (): void => draw();
    signal.connect(slot);
    return () => {
      signal.disconnect(slot);
    };
  }, [signal]);
}
