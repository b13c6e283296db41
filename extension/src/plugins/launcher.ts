import type {
  JupyterFrontEnd,
  JupyterFrontEndPlugin
} from '@jupyterlab/application';
import { ILauncher } from '@jupyterlab/launcher';
import { ITranslator, nullTranslator } from '@jupyterlab/translation';

import { ILocalAI } from './tokens';
import { CommandIDs } from './commands';

/** The launcher's card. */
export const launcher: JupyterFrontEndPlugin<void> = {
  id: 'jupyter-localai:launcher',
  description: 'A card in the launcher that shows the LocalAI side panel.',
  autoStart: true,
  requires: [ILauncher, ILocalAI],
  optional: [ITranslator],
  activate: (
    _app: JupyterFrontEnd,
    cards: ILauncher,
    _localai: ILocalAI,
    translator: ITranslator | null
  ) => {
    const trans = (translator ?? nullTranslator).load('jupyter-localai');
    cards.add({ command: CommandIDs.open, category: trans.__('Other') });
  }
};
