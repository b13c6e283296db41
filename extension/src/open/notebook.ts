import type { Cell } from '@jupyterlab/cells';
import type { IDocumentManager } from '@jupyterlab/docmanager';
import type { NotebookPanel } from '@jupyterlab/notebook';

import type { ICited } from '../net/wire';
import { opened } from './document';
import { says, search } from './span';
import type { Reached } from './text';
import { select } from './text';

/** Open a notebook at the cell; what was cited is selected where it stands in the cell's source. */
export async function openNotebook(
  documents: IDocumentManager,
  path: string,
  place: ICited
): Promise<Reached> {
  const panel = (await opened(documents, path, 'Notebook')) as NotebookPanel;
  const notebook = panel.content;
  const cells = notebook.widgets;
  const { quote } = place;
  const named = cellOf(cells, place);
  const cell =
    named && isIn(named, quote)
      ? named
      : (cells.find(other => quote && says(sourceOf(other), quote)) ?? named);
  if (!cell) {
    return panel.context.model.dirty ? 'unsaved' : 'place';
  }
  notebook.activeCellIndex = cells.indexOf(cell);
  notebook.deselectAll();
  await notebook.scrollToCell(cell, 'center');
  const span = quote.trim() ? search(sourceOf(cell), quote) : null;
  if (span) {
    if ('rendered' in cell) {
      cell.rendered = false; // of a Markdown cell one sees its source only then
    }
    await cell.ready;
    if (cell.editor) {
      select(cell.editor, span);
    }
  }
  return isIn(cell, quote)
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

/** Whether a cell's source or outputs say what was cited. */
function isIn(cell: Cell, quote: string): boolean {
  const { source, outputs } = cell.model.toJSON();
  return says(textOf(source), quote) || says(textOf(outputs), quote);
}

function sourceOf(cell: Cell): string {
  return cell.model.sharedModel.getSource();
}

/** All the text there is in JSON. */
function textOf(value: unknown): string {
  return typeof value === 'string'
    ? value
    : typeof value === 'object' && value
      ? Object.values(value).map(textOf).join('\n')
      : '';
}
