import type { IDocumentManager } from '@jupyterlab/docmanager';
import type { IDocumentWidget } from '@jupyterlab/docregistry';
import type { Widget } from '@lumino/widgets';

import { opened } from './document';

/** What JupyterLab's viewers have beyond what a widget has. */
interface IViewer extends Widget {
  ready?: Promise<void>;
}

/** What of a table's grid is used; see `DataGrid` of Lumino. */
interface IGrid extends Widget {
  dataModel?: {
    rowCount(region: 'body'): number;
    columnCount(region: 'body'): number;
  };
  selectionModel?: { select(span: Record<string, number | string>): void };
}

/** Open a PDF at a page, counted from 1. */
export async function openPage(
  documents: IDocumentManager,
  path: string,
  factory: string,
  page: number
): Promise<void> {
  const fragment = `#page=${page}`;
  const isOpen = documents.findWidget(path, factory) !== undefined;
  const opening = viewed(documents, path, factory);
  if (!isOpen) {
    // before it is drawn, since a viewer takes the fragment with the document
    documents.findWidget(path, factory)?.setFragment(fragment);
  }
  const widget = await opening;
  if (isOpen) {
    turn(widget, fragment);
  }
}

/** Have a PDF that is shown go to a page. */
function turn(widget: IDocumentWidget, fragment: string): void {
  const frame = widget.content.node.querySelector('iframe');
  const shown = frame?.contentDocument?.querySelector('object');
  const parent = shown?.parentNode;
  if (shown && parent) {
    // Chromium shows nothing when only the fragment of an object's address changes; an object put in anew is loaded
    shown.remove();
    shown.data = shown.data.split('#')[0] + fragment;
    parent.appendChild(shown);
  } else {
    widget.setFragment(fragment);
  }
}

/** Open a table at a row, counted from 1 with the one of the columns' names; return whether there is such a row. */
export async function openRow(
  documents: IDocumentManager,
  path: string,
  factory: string,
  row: number
): Promise<boolean> {
  const widget = await viewed(documents, path, factory);
  // a first line that names the delimiter is no row for the index, and the columns' names for JupyterLab
  const stated = /^\ufeff?sep=.\r?\n/i.test(widget.context.model.toString());
  const place = row - (stated ? 1 : 2);
  if (place >= 0) {
    widget.setFragment(`#row=${place}`);
  }
  const [grid] = Array.from(widget.content.children()) as IGrid[];
  const rows = grid?.dataModel?.rowCount('body') ?? Infinity;
  if (place >= 0 && place < rows && grid?.dataModel) {
    grid.selectionModel?.select({
      r1: place,
      c1: 0,
      r2: place,
      c2: grid.dataModel.columnCount('body') - 1,
      cursorRow: place,
      cursorColumn: 0,
      clear: 'all'
    });
  }
  return place < rows;
}

/** Open a document in a viewer, and wait until it can be told where to go. */
export async function viewed(
  documents: IDocumentManager,
  path: string,
  factory: string
): Promise<IDocumentWidget> {
  const widget = await opened(documents, path, factory);
  await (widget.content as IViewer).ready;
  return widget;
}
