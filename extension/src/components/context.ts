import type { ISignal } from '@lumino/signaling';
import type { TranslationBundle } from '@jupyterlab/translation';
import * as React from 'react';

import type { Insertion } from '../open/insert';
import type { PanelModel } from '../model/panel';
import type { IOpenResult } from '../open/opener';
import type { ICited, IConversation } from '../net/wire';

/** What an answer needs from JupyterLab, in the panel and in a notebook; null where JupyterLab lacks it. */
export interface IAnswerActions {
  copy(text: string): void;
  /** Inserts answers and code into the notebook or editor last used. */
  insertion: Insertion | null;
  /** Typeset the formulas in an element. */
  typeset: ((node: HTMLElement) => void) | null;
  /** Write code into an element, in JupyterLab's colours for its language. */
  highlight:
    | ((code: string, language: string, node: HTMLElement) => Promise<void>)
    | null;
  /** Run some work and notify the user when it fails. */
  notifyOnError(work: () => Promise<void>): Promise<void>;
  /** Open a cited place and return the result to show. */
  open: (place: ICited) => Promise<IOpenResult>;
  /** Index a changed file again and return whether that succeeded. */
  refresh(path: string): Promise<boolean>;
  /** Show a file in the file browser. */
  reveal: ((path: string) => void) | null;
}

/** What the panel needs from JupyterLab; a null action has no button. */
export interface IActions extends IAnswerActions {
  /** Let the user choose a folder, and index it. */
  indexFolder: (() => Promise<void>) | null;
  nameCollection(): Promise<void>;
  /** Let the user name a chat model, and download it. */
  downloadModel(): Promise<void>;
  /** Let the user tick the collections to ask. */
  chooseSeveral(): Promise<void>;
  renameCollection(name: string): Promise<void>;
  /** Remove a collection from the index after a confirmation. */
  removeCollection(name: string): Promise<void>;
  renameConversation(conversation: IConversation): Promise<void>;
  /** Open the menu by which a turn is answered again, below a button. */
  openAgain(button: HTMLElement, place: number): void;
  deleteConversation(conversation: IConversation): Promise<void>;
  /** Open a file by its contents-API path; null where JupyterLab cannot. */
  openFile: ((path: string) => void) | null;
  /** Remove files and folders from a collection after a confirmation; null where JupyterLab cannot. */
  forget: ((paths: readonly string[], collection: string) => void) | null;
  /** Open the conversation's menu below a button. */
  openMenu(button: HTMLElement): void;
  /** Open JupyterLab's settings of the panel; null where there are none. */
  openLabSettings: (() => void) | null;
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

/** The context of an answer, in the panel or in a notebook. */
export function useAnswer(): IAnswerContext {
  return React.useContext(AnswerContext)!;
}

export const PanelContext = React.createContext<IPanelContext | null>(null);

export function usePanel(): IPanelContext {
  return React.useContext(PanelContext)!;
}

/** Render a component again when a signal is emitted. */
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
