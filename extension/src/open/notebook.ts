import type { Cell } from '@jupyterlab/cells';
import type { IDocumentManager } from '@jupyterlab/docmanager';
import type { Notebook, NotebookPanel } from '@jupyterlab/notebook';

import type { ICited } from '../net/wire';
import { openDocument } from './document';
import type { ISpan } from './span';
import { containsText, search } from './span';
import type { OpenOutcome } from './text';
import { select } from './text';

/** For how long cells may still move after a notebook opened. */
const SETTLING_MS = 5000;

/** How much of the cited place is shown at least. */
const MARGIN_PX = 24;

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
  keepInView(notebook, cell, span);
  return containsQuote(cell, quote)
    ? 'quote'
    : panel.context.model.dirty
      ? 'unsaved'
      : 'place';
}

/**
 * Scroll to the cited place again while cells above it still move it, until the user acts.
 *
 * JupyterLab draws cells when the browser is idle, and their heights are guesses until then.
 */
function keepInView(notebook: Notebook, cell: Cell, span: ISpan | null): void {
  const ends = performance.now() + SETTLING_MS;
  const acts = ['wheel', 'pointerdown', 'keydown'];
  const stop = (): void => {
    clearInterval(timer);
    acts.forEach(act => notebook.node.removeEventListener(act, stop, true));
  };
  const timer = setInterval(() => {
    if (notebook.activeCell !== cell || performance.now() > ends) {
      stop();
    } else if (!isInView(cell, span, notebook)) {
      void notebook.scrollToCell(cell, 'center').then(
        () => span && cell.editor && select(cell.editor, span),
        () => undefined // a later scroll takes its place
      );
    }
  }, 200);
  acts.forEach(act => notebook.node.addEventListener(act, stop, true));
}

/** Whether a notebook's box contains the start of a span, or the top of its cell. */
function isInView(cell: Cell, span: ISpan | null, { node }: Notebook): boolean {
  const editor = span && cell.editor;
  const place = editor
    ? editor.getCoordinateForPosition(editor.getPositionAt(span.from)!)
    : cell.node.getBoundingClientRect();
  const box = node.getBoundingClientRect();
  return !!place && place.top >= box.top && place.top < box.bottom - MARGIN_PX;
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
