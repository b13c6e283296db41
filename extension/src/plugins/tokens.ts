import { Token } from '@lumino/coreutils';

import type { IAnswerActions } from '../components/context';
import type { PanelModel } from '../model/panel';
import type { IOpenResult } from '../open/opener';
import type { ICited } from '../net/wire';

/** The side panel, for other plugins. */
export interface ILocalAI {
  /** The state and actions of the panel; sends no request before `start` or `show`. */
  readonly model: PanelModel;
  /** Show the panel and put the cursor into the question's field. */
  show(): void;
  /** Open the document of a citation at the cited place and return the result to show. */
  open(place: ICited): Promise<IOpenResult>;
  /** The actions of an answer shown outside of the panel. */
  readonly answers: IAnswerActions;
  /** Let the user choose a folder, and index it; null without a file browser. */
  readonly indexFolder: (() => Promise<void>) | null;
}

/** Provided by `jupyter-localai:panel`. */
export const ILocalAI = new Token<ILocalAI>(
  'jupyter-localai:ILocalAI',
  'The LocalAI side panel: its model, and how to show it.'
);
