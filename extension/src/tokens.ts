import { Token } from '@lumino/coreutils';

import type { IAnswerActions } from './components/context';
import type { PanelModel } from './model/panel';
import type { IOpened } from './open/opener';
import type { ICited } from './net/wire';

/** The side panel, for other plugins. */
export interface ILocalAI {
  /** Everything that the panel shows and can do; asks the server for nothing before `start` or `show`. */
  readonly model: PanelModel;
  /** Show the panel and put the cursor into the question's field. */
  show(): void;
  /** Open the document of a citation at the place it cites; what is to be told of it is returned. */
  open(place: ICited): Promise<IOpened>;
  /** What an answer that is shown elsewhere than in the panel can do. */
  readonly answers: IAnswerActions;
  /** Have the user choose a folder and index it; null without a file browser. */
  readonly indexFolder: (() => Promise<void>) | null;
}

/** Provided by `jupyter-localai:panel`. */
export const ILocalAI = new Token<ILocalAI>(
  'jupyter-localai:ILocalAI',
  'The LocalAI side panel: its model, and how to show it.'
);
