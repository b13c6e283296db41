import { Token } from '@lumino/coreutils';

import type { PanelModel } from './model/panel';

/** The side panel, for other plugins. */
export interface ILocalAI {
  /** Everything that the panel shows and can do; asks the server for nothing before `start` or `show`. */
  readonly model: PanelModel;
  /** Show the panel and put the cursor into the question's field. */
  show(): void;
  /** Have the user choose a folder and index it; null without a file browser. */
  readonly indexFolder: (() => Promise<void>) | null;
}

/** Provided by `jupyter-localai:panel`. */
export const ILocalAI = new Token<ILocalAI>(
  'jupyter-localai:ILocalAI',
  'The LocalAI side panel: its model, and how to show it.'
);
