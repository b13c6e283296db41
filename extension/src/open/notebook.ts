import type { Cell } from '@jupyterlab/cells';
import type { IDocumentManager } from '@jupyterlab/docmanager';
import type { NotebookPanel } from '@jupyterlab/notebook';

import type { ICited } from '../net/wire';
import { openDocument } from './document';
import { containsText, search } from './span';
import type { OpenOutcome } from './text';
import { select } from './text';

/** Open a notebook at the cited cell and select the quote in the cell's source. */
export async function openNotebook(
  documents: IDocumentManager,
  path: string,
  place: ICited
): Promise<OpenOutcome> {
  const panel = (await openDocument(
    documents,
    path,
    'Notebook'
  )) as NotebookPanel;
  const notebook = panel.content;
  const cells = notebook.widgets;
  const { quote } = place;
  const named = cellOf(cells, place);
  const cell =
    named && containsQuote(named, quote)
      ? named
      : (cells.find(other => quote && containsText(sourceOf(other), quote)) ??
        named);
  if (!cell) {
    return panel.context.model.dirty ? 'unsaved' : 'place';
  }
  notebook.activeCellIndex = cells.indexOf(cell);
  notebook.deselectAll();
  await notebook.scrollToCell(cell, 'center');
  const span = quote.trim() ? search(sourceOf(cell), quote) : null;
  if (span) {
    if ('rendered' in cell) {
      cell.rendered = false; // a rendered Markdown cell hides its source
    }
    await cell.ready;
    if (cell.editor) {
      select(cell.editor, span);
    }
  }
  return containsQuote(cell, quote)
    ? 'quote'
    : panel.context.model.dirty
      ? 'unsaved'
      : 'place';
}

function cellOf(cells: readonly Cell[], { anchor }: ICited): Cell | undefined {
  return (
    cells.find(({ model }) => model.id === anchor.cell_id) ??
    cells[anchor.cell ?? -1]
  );
}

/** Whether a cell's source or outputs contain the quote. */
function containsQuote(cell: Cell, quote: string): boolean {
  const { source, outputs } = cell.model.toJSON();
  return (
    containsText(textOf(source), quote) || containsText(textOf(outputs), quote)
  );
}

function sourceOf(cell: Cell): string {
  return cell.model.sharedModel.getSource();
}

/** Return all text in a JSON value. */
function textOf(value: unknown): string {
  return typeof value === 'string'
    ? value
    : typeof value === 'object' && value
      ? Object.values(value).map(textOf).join('\n')
      : '';
}
