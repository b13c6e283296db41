import type {
  JupyterFrontEnd,
  JupyterFrontEndPlugin
} from '@jupyterlab/application';

import { ILocalAI } from './tokens';

/** Tells the panel's model when the page becomes visible or hidden. */
export const updates: JupyterFrontEndPlugin<void> = {
  id: 'jupyter-localai:following',
  description: 'Keeps the LocalAI side panel up to date.',
  autoStart: true,
  requires: [ILocalAI],
  activate: (_app: JupyterFrontEnd, localai: ILocalAI) => {
    const update = (): void =>
      localai.model.updates.setVisible(!document.hidden);
    document.addEventListener('visibilitychange', update);
    window.addEventListener('focus', update);
    window.addEventListener('online', update);
    update();
  }
};
