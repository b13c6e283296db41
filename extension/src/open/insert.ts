import type { JupyterFrontEnd } from '@jupyterlab/application';
import type { MarkdownCell } from '@jupyterlab/cells';
import { PathExt } from '@jupyterlab/coreutils';
import type { IDocumentWidget } from '@jupyterlab/docregistry';
import type { FileEditor, IEditorTracker } from '@jupyterlab/fileeditor';
import type { INotebookTracker, NotebookPanel } from '@jupyterlab/notebook';
import { NotebookActions } from '@jupyterlab/notebook';
import type { Contents } from '@jupyterlab/services';
import type { TranslationBundle } from '@jupyterlab/translation';
import type { ISignal } from '@lumino/signaling';
import { Signal } from '@lumino/signaling';

import { sourcesComment } from '../text/comment';
import type { IServer } from '../net/server';
import type { IAnswer } from '../net/wire';

type Editor = IDocumentWidget<FileEditor>;

/** Inserts answers and their code into the notebook or file in use. Runs nothing. */
export class Insertion {
  constructor(
    private readonly _shell: JupyterFrontEnd.IShell,
    private readonly _notebooks: INotebookTracker | null,
    private readonly _editors: IEditorTracker | null,
    private readonly _contents: Contents.IManager,
    private readonly _server: IServer,
    private readonly _trans: TranslationBundle
  ) {
    const emit = (): void => this._changed.emit();
    _notebooks?.currentChanged.connect(emit);
    _editors?.currentChanged.connect(emit);
    _shell.currentChanged?.connect(emit);
  }

  /** Emitted when the target of an insertion may have changed. */
  get changed(): ISignal<this, void> {
    return this._changed;
  }

  /** The label of inserting an answer, and whether something is missing for it. */
  get offer(): { label: string; obstacle: boolean } {
    const place = this._find(isMarkdown);
    return {
      label: place?.notebook
        ? this._trans.__('Insert as Markdown cell below')
        : place
          ? this._trans.__('Insert as Markdown at the cursor')
          : this._trans.__(
              'Insert as Markdown cell: open a notebook or a Markdown file first'
            ),
      obstacle: !place
    };
  }

  /** Insert code as a new cell or at the cursor, with a comment that names the answer's sources. */
  code(code: string, answer: IAnswer | undefined): void {
    const place = this._find(() => true);
    if (!place) {
      return;
    }
    const language = place.notebook
      ? languageOf(place.notebook)
      : place.editor.content.model.mimeType;
    const comment = answer && sourcesComment(answer, language, this._trans);
    const text = comment ? `${code.trimEnd()}\n${comment}` : code;
    if (place.notebook) {
      NotebookActions.insertBelow(place.notebook.content);
      const cell = place.notebook.content.activeCell;
      cell?.model.sharedModel.setSource(text);
      this._shell.activateById(place.notebook.id);
    } else {
      this._write(place.editor, text);
    }
  }

  /** Insert an answer with links to its sources below the active cell, or at the cursor of a Markdown file. */
  async answer(answer: IAnswer): Promise<void> {
    const place = this._find(isMarkdown);
    if (!place) {
      return;
    }
    const { context } = place.notebook ?? place.editor;
    const folder = PathExt.dirname(this._contents.localPath(context.path));
    const text = await this._server.answerMarkdown(answer, folder);
    if (context.isDisposed) {
      return;
    }
    if (place.notebook) {
      const { content } = place.notebook;
      NotebookActions.insertBelow(content);
      NotebookActions.changeCellType(content, 'markdown');
      const cell = content.activeCell as MarkdownCell | null;
      if (cell?.model.type === 'markdown') {
        cell.model.sharedModel.setSource(text.trimEnd());
        cell.rendered = true;
      }
      this._shell.activateById(place.notebook.id);
    } else {
      this._write(place.editor, text);
    }
  }

  private _find(
    isFit: (editor: Editor) => boolean
  ):
    | { notebook: NotebookPanel; editor?: undefined }
    | { notebook?: undefined; editor: Editor }
    | null {
    const editor = this._editors?.currentWidget;
    const notebook = this._notebooks?.currentWidget;
    if (
      editor &&
      isFit(editor) &&
      (this._shell.currentWidget === editor || !notebook)
    ) {
      return { editor };
    }
    return notebook ? { notebook } : null;
  }

  private _write(editor: Editor, text: string): void {
    editor.content.editor.replaceSelection?.(text);
    this._shell.activateById(editor.id);
  }

  private _changed = new Signal<this, void>(this);
}

function isMarkdown(editor: Editor): boolean {
  return /markdown|gfm/.test(editor.content.model.mimeType);
}

/** The language of a notebook's kernel; empty when it is unknown. */
function languageOf(notebook: NotebookPanel): string {
  const { model, activeCell } = notebook.content;
  const known = (name: string, field: string): string | undefined =>
    (model?.getMetadata(name) as Record<string, string> | undefined)?.[field];
  return (
    known('language_info', 'name') ||
    known('kernelspec', 'language') ||
    (activeCell?.model.mimeType ?? '')
  );
}
