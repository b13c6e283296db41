import type { IDocumentManager } from '@jupyterlab/docmanager';
import type { IDocumentWidget } from '@jupyterlab/docregistry';
import type { Widget } from '@lumino/widgets';

import { pdfFragment } from '../text/fragment';
import { openDocument } from './document';

/** The part of JupyterLab's viewers that this module uses. */
interface IViewer extends Widget {
  ready?: Promise<void>;
}

/** The part of a table's grid that this module uses; see `DataGrid` of Lumino. */
interface IGrid extends Widget {
  dataModel?: {
    rowCount(region: 'body'): number;
    columnCount(region: 'body'): number;
  };
  selectionModel?: { select(span: Record<string, number | string>): void };
}

/** Whether the browser's own PDF viewer marks a quote: Chromium's does. */
export function marksQuotes(): boolean {
  return navigator.pdfViewerEnabled && /Chrome\//.test(navigator.userAgent);
}

/** Open a PDF at a page, counted from 1, with a quote marked where the browser's viewer can do that. */
export async function openPage(
  documents: IDocumentManager,
  path: string,
  factory: string,
  page: number,
  quote: string
): Promise<void> {
  const fragment = pdfFragment(page, quote);
  const wasOpen = documents.findWidget(path, factory) !== undefined;
  const opening = openViewer(documents, path, factory);
  if (!wasOpen) {
    // before the viewer renders, because it takes the fragment with the document
    documents.findWidget(path, factory)?.setFragment(fragment);
  }
  const widget = await opening;
  if (wasOpen) {
    turn(widget, fragment);
  }
}

/** Turn a shown PDF to another page and quote. */
function turn(widget: IDocumentWidget, fragment: string): void {
  const frame = widget.content.node.querySelector('iframe');
  const shown = frame?.contentDocument?.querySelector('object');
  const parent = shown?.parentNode;
  if (shown && parent) {
    // Chromium shows nothing when only the fragment of an object's address changes; a re-inserted object loads
    shown.remove();
    shown.data = shown.data.split('#')[0] + fragment;
    parent.appendChild(shown);
  } else {
    widget.setFragment(fragment);
  }
}

/** Open a table at a row, counted from 1 including the header row; return whether the row exists. */
export async function openRow(
  documents: IDocumentManager,
  path: string,
  factory: string,
  row: number
): Promise<boolean> {
  const widget = await openViewer(documents, path, factory);
  // the index skips a first line that names the delimiter; JupyterLab takes it for the header row
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

/** Open a document in a viewer, and wait until the viewer accepts a place. */
export async function openViewer(
  documents: IDocumentManager,
  path: string,
  factory: string
): Promise<IDocumentWidget> {
  const widget = await openDocument(documents, path, factory);
  await (widget.content as IViewer).ready;
  return widget;
}
