import type { ISignal } from '@lumino/signaling';
import type { TranslationBundle } from '@jupyterlab/translation';
import * as React from 'react';

import type { Insertion } from '../insert';
import type { PanelModel } from '../model/panel';
import type { IOpened } from '../open/opener';
import type { ICited, IConversation } from '../net/wire';

/** What an answer needs of JupyterLab, in the panel and in a notebook; what is not there is null. */
export interface IAnswerActions {
  copy(text: string): void;
  /** Puts answers and code into the notebook or editor that was used last. */
  insertion: Insertion | null;
  /** Do something, and tell the user when it fails. */
  telling(work: () => Promise<void>): Promise<void>;
  /** Open the place that is cited; what is to be told of it is returned. */
  open: (place: ICited) => Promise<IOpened>;
  /** Bring a file in the index up to date; whether that did not fail. */
  refresh(path: string): Promise<boolean>;
  /** Show a file in the file browser. */
  reveal: ((path: string) => void) | null;
}

/** What the panel needs of JupyterLab; what is not there is null, and its buttons are left out. */
export interface IActions extends IAnswerActions {
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

export interface IAnswerContext {
  trans: TranslationBundle;
  actions: IAnswerActions;
}

export const AnswerContext = React.createContext<IAnswerContext | null>(null);

/** What is around an answer, in the panel or in a notebook. */
export function useAnswer(): IAnswerContext {
  return React.useContext(AnswerContext)!;
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
