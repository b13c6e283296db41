import type {
  JupyterFrontEnd,
  JupyterFrontEndPlugin
} from '@jupyterlab/application';
import { ILabShell } from '@jupyterlab/application';
import { CommandToolbarButton } from '@jupyterlab/apputils';
import { IDocumentManager } from '@jupyterlab/docmanager';
import { INotebookTracker } from '@jupyterlab/notebook';

import { findShown, takeArrival } from '../open/elsewhere';
import { readCited } from '../text/answer';
import { CommandIDs } from './commands';
import { ILocalAI } from './tokens';

/** How long to wait for the page's document, and how often to look, in milliseconds. */
const LONGEST_MS = 30_000;
const LOOK_MS = 100;

/** What pages with one document need, as in Notebook 7: going to the place that a link carries, and a button. */
export const elsewhere: JupyterFrontEndPlugin<void> = {
  id: 'jupyter-localai:elsewhere',
  description: 'Goes to cited places in tabs of their own, as in Notebook 7.',
  autoStart: true,
  requires: [ILocalAI],
  optional: [ILabShell, IDocumentManager, INotebookTracker],
  activate: (
    app: JupyterFrontEnd,
    localai: ILocalAI,
    labShell: ILabShell | null,
    documents: IDocumentManager | null,
    notebooks: INotebookTracker | null
  ) => {
    const arrival = takeArrival();
    const cited = arrival === null ? null : readCited(arrival);
    if (cited && documents) {
      void app.restored.then(async () => {
        const { contents } = await localai.model.server.locate(cited);
        if (
          contents !== undefined &&
          (labShell || (await isShown(documents, contents)))
        ) {
          await localai.open(cited);
        }
      });
    }
    if (!labShell) {
      notebooks?.widgetAdded.connect((_, { toolbar }) => {
        toolbar.addItem(
          'localai',
          new CommandToolbarButton({
            commands: app.commands,
            id: CommandIDs.open,
            label: ''
          })
        );
      });
    }
  }
};

/** Wait until the page shows a document; return whether it does. */
async function isShown(
  documents: IDocumentManager,
  contents: string
): Promise<boolean> {
  const end = performance.now() + LONGEST_MS;
  while (!findShown(documents, contents) && performance.now() < end) {
    await new Promise(resolve => setTimeout(resolve, LOOK_MS));
  }
  return findShown(documents, contents) !== undefined;
}
