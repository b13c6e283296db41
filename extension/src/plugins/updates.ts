import type {
  JupyterFrontEnd,
  JupyterFrontEndPlugin
} from '@jupyterlab/application';

import { ILocalAI } from '../tokens';

/** Tells the panel's model whether anybody sees the page, and when to ask what was missed. */
export const following: JupyterFrontEndPlugin<void> = {
  id: 'jupyter-localai:following',
  description: 'Keeps the LocalAI side panel up to date with what others do.',
  autoStart: true,
  requires: [ILocalAI],
  activate: (_app: JupyterFrontEnd, localai: ILocalAI) => {
    const look = (): void => localai.model.updates.setVisible(!document.hidden);
    document.addEventListener('visibilitychange', look);
    window.addEventListener('focus', look);
    window.addEventListener('online', look);
    look();
  }
};
