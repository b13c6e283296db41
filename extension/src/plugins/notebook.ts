import type {
  JupyterFrontEnd,
  JupyterFrontEndPlugin
} from '@jupyterlab/application';
import { ICommandPalette, Notification } from '@jupyterlab/apputils';
import type { Cell, ICodeCellModel } from '@jupyterlab/cells';
import type { CodeEditor } from '@jupyterlab/codeeditor';
import { PathExt } from '@jupyterlab/coreutils';
import { IDocumentManager } from '@jupyterlab/docmanager';
import type { DocumentRegistry } from '@jupyterlab/docregistry';
import { IEditorTracker } from '@jupyterlab/fileeditor';
import type * as nbformat from '@jupyterlab/nbformat';
import type { NotebookPanel } from '@jupyterlab/notebook';
import { INotebookTracker } from '@jupyterlab/notebook';
import { ITranslator, nullTranslator } from '@jupyterlab/translation';
import type { Widget } from '@lumino/widgets';
import { Menu } from '@lumino/widgets';

import {
  attachedText,
  cellText,
  errorText,
  errorTitle,
  lastError
} from '../text/attached';
import { localaiIcon } from '../components/icons';
import { ShownSelection } from '../open/selection';
import { notifyOnError } from './notify';
import { ILocalAI } from './tokens';

/** The ids of the commands, which are stable. */
export const NotebookCommandIDs = {
  selection: 'localai:ask-selection',
  cell: 'localai:ask-cell',
  error: 'localai:explain-error',
  notebook: 'localai:ask-notebook'
};

const ARGUMENTS = {
  describedBy: {
    args: {
      type: 'object',
      properties: {
        contextMenu: {
          type: 'boolean',
          description: 'Whether a context menu shows the command.'
        }
      }
    }
  }
} as const;

/** Commands that ask about the contents of a notebook or an editor. */
export const notebook: JupyterFrontEndPlugin<void> = {
  id: 'jupyter-localai:notebook',
  description: 'Asks about a selection, a cell, an error or a whole notebook.',
  autoStart: true,
  requires: [ILocalAI],
  optional: [
    INotebookTracker,
    IEditorTracker,
    IDocumentManager,
    ICommandPalette,
    ITranslator
  ],
  activate: (
    app: JupyterFrontEnd,
    localai: ILocalAI,
    notebooks: INotebookTracker | null,
    editors: IEditorTracker | null,
    docManager: IDocumentManager | null,
    palette: ICommandPalette | null,
    translator: ITranslator | null
  ) => {
    const trans = (translator ?? nullTranslator).load('jupyter-localai');
    const { model } = localai;
    const { contents } = app.serviceManager;

    const documents = (): Widget[] => [...app.shell.widgets('main')];
    const shown = new ShownSelection(node =>
      documents().some(widget => widget.node.contains(node))
    );

    /** Return the selected text, and the name and path of its document. */
    const selected = (): {
      text: string;
      name: string;
      path: string;
    } | null => {
      const found = shown.current;
      const holder =
        found && documents().find(widget => widget.node.contains(found.node));
      if (found && holder) {
        const path = docManager?.contextForWidget(holder)?.localPath ?? '';
        return { text: found.text, name: holder.title.label, path };
      }
      const { currentWidget } = app.shell;
      const editor = editors?.currentWidget;
      const panel = notebooks?.currentWidget;
      if (editor && (currentWidget === editor || !panel)) {
        const text = selectionOf(editor.content.editor);
        return text ? { text, ...placeOf(editor.context) } : null;
      }
      const cell = panel && notebooks?.activeCell?.editor;
      const text = cell ? selectionOf(cell) : '';
      return text ? { text, ...placeOf(panel!.context) } : null;
    };

    const active = (): { panel: NotebookPanel; cell: Cell } | null => {
      const panel = notebooks?.currentWidget;
      const cell = notebooks?.activeCell;
      return panel && cell ? { panel, cell } : null;
    };
    const activeError = (): nbformat.IError | null => {
      const cell = active()?.cell;
      return cell ? lastError(outputsOf(cell)) : null;
    };
    const cellLabel = (panel: NotebookPanel, cell: Cell): string =>
      trans.__(
        'Cell %1 of %2',
        panel.content.widgets.indexOf(cell) + 1,
        nameOf(panel.context)
      );
    // after the command palette has returned the focus
    const showSoon = async (): Promise<void> => {
      await Promise.resolve();
      localai.show();
    };
    const attach = async (text: string, path: string): Promise<void> => {
      await model.attach(text, path);
      await showSoon();
    };

    const { commands } = app;
    commands.addCommand(NotebookCommandIDs.selection, {
      ...ARGUMENTS,
      label: trans.__('Ask About Selection'),
      caption: trans.__('Ask a question about the selected text'),
      icon: localaiIcon,
      isEnabled: () => selected() !== null,
      isVisible: args => !args.contextMenu || selected() !== null,
      execute: () => {
        const found = selected();
        return found
          ? attach(
              attachedText(trans.__('Selection of %1', found.name), found.text),
              found.path
            )
          : undefined;
      }
    });
    commands.addCommand(NotebookCommandIDs.cell, {
      ...ARGUMENTS,
      label: trans.__('Ask About This Cell'),
      caption: trans.__('Ask a question about the active cell'),
      icon: localaiIcon,
      isEnabled: () => Boolean(active()?.cell.model.sharedModel.source.trim()),
      execute: () => {
        const found = active();
        return found
          ? attach(
              cellText(
                cellLabel(found.panel, found.cell),
                found.cell.model.sharedModel.getSource(),
                outputsOf(found.cell)
              ),
              found.panel.context.localPath
            )
          : undefined;
      }
    });
    commands.addCommand(NotebookCommandIDs.error, {
      ...ARGUMENTS,
      label: trans.__('Explain This Error'),
      caption: trans.__('Ask what the error in the active cell means'),
      icon: localaiIcon,
      isEnabled: () => activeError() !== null,
      isVisible: args => !args.contextMenu || activeError() !== null,
      execute: () => {
        const found = active();
        const error = activeError();
        if (!found || !error) {
          return;
        }
        const source = found.cell.model.sharedModel.getSource();
        const label = cellLabel(found.panel, found.cell);
        void showSoon();
        return model.askAbout(
          trans.__('Explain this error: %1', errorTitle(error)),
          errorText(label, source, error),
          found.panel.context.localPath
        );
      }
    });
    commands.addCommand(NotebookCommandIDs.notebook, {
      ...ARGUMENTS,
      label: trans.__('Ask This Notebook'),
      caption: trans.__('Index this notebook and limit questions to it'),
      icon: localaiIcon,
      isEnabled: () => Boolean(notebooks?.currentWidget),
      execute: () =>
        notifyOnError(async () => {
          const context = notebooks?.currentWidget?.context;
          if (!context) {
            return;
          }
          await showSoon();
          await context.ready;
          if (context.model.dirty) {
            if (!context.model.readOnly) {
              await context.save();
            }
            const name = nameOf(context);
            if (context.model.dirty) {
              Notification.warning(
                trans.__(
                  '%1 could not be saved; questions use its last saved version.',
                  name
                )
              );
            } else {
              Notification.info(
                trans.__(
                  '%1 was saved, so that questions use its current version.',
                  name
                ),
                { autoClose: 4000 }
              );
            }
          }
          await model.limitTo(contents.localPath(context.path));
        })
    });

    const args = { contextMenu: true };
    const submenu = new Menu({ commands });
    submenu.title.label = trans.__('LocalAI');
    submenu.title.icon = localaiIcon;
    for (const command of [
      NotebookCommandIDs.error,
      NotebookCommandIDs.selection,
      NotebookCommandIDs.cell,
      NotebookCommandIDs.notebook
    ]) {
      palette?.addItem({ command, category: trans.__('LocalAI') });
      submenu.addItem({ command, args });
    }
    app.contextMenu.addItem({
      type: 'submenu',
      submenu,
      selector: '.jp-Notebook .jp-Cell',
      rank: 20
    });
    for (const selector of ['.jp-FileEditor', '.jp-MarkdownViewer']) {
      app.contextMenu.addItem({
        command: NotebookCommandIDs.selection,
        args,
        selector,
        rank: 20
      });
    }
  }
};

function placeOf(context: DocumentRegistry.Context): {
  name: string;
  path: string;
} {
  return { name: nameOf(context), path: context.localPath };
}

function nameOf(context: DocumentRegistry.Context): string {
  return PathExt.basename(context.localPath);
}

function outputsOf(cell: Cell): nbformat.IOutput[] {
  return cell.model.type === 'code'
    ? (cell.model as ICodeCellModel).outputs.toJSON()
    : [];
}

function selectionOf(editor: CodeEditor.IEditor): string {
  const source = editor.model.sharedModel.getSource();
  const parts = editor.getSelections().map(({ start, end }) => {
    const ends = [start, end].map(place => editor.getOffsetAt(place));
    return source.slice(Math.min(...ends), Math.max(...ends));
  });
  const text = parts.filter(Boolean).join('\n');
  return text.trim() ? text : '';
}
