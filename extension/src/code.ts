import type { JupyterFrontEnd } from '@jupyterlab/application';
import type { IEditorTracker } from '@jupyterlab/fileeditor';
import type { INotebookTracker } from '@jupyterlab/notebook';
import { NotebookActions } from '@jupyterlab/notebook';

/** Put code into a new cell of the notebook, or at the cursor of the file, that is shown or was used last. */
export function insertCode(
  code: string,
  shell: JupyterFrontEnd.IShell,
  notebooks: INotebookTracker | null,
  editors: IEditorTracker | null
): void {
  const shown = shell.currentWidget;
  const editor = editors?.currentWidget;
  const notebook = notebooks?.currentWidget;
  if (editor && (shown === editor || !notebook)) {
    editor.content.editor.replaceSelection?.(code);
    shell.activateById(editor.id);
  } else if (notebook) {
    NotebookActions.insertBelow(notebook.content);
    notebook.content.activeCell?.model.sharedModel.setSource(code);
    shell.activateById(notebook.id);
  }
}
