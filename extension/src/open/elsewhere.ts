import { PageConfig, URLExt } from '@jupyterlab/coreutils';
import type { IDocumentManager } from '@jupyterlab/docmanager';
import type { IDocumentWidget } from '@jupyterlab/docregistry';

import type { ICited, ILocated } from '../net/wire';

/** What a link has after its address to carry a place. The quote is not in it: browsers keep addresses. */
const MARK = '#localai-place=';

/** Kinds of documents that Notebook's editor shows. */
const TEXTS = ['text', 'markdown', 'rst', 'code', 'data', 'xml'];

/** Open a document at a place in a tab of its own, where a page has one document only; return whether that worked. */
export function openTab(
  contents: string,
  { path, start, end, anchor, kind }: ILocated
): boolean {
  const place: ICited = { path, start, end, anchor, quote: '' };
  const view =
    kind === 'notebook'
      ? 'notebooks'
      : TEXTS.includes(kind)
        ? 'edit'
        : 'lab/tree';
  const address = URLExt.join(
    PageConfig.getBaseUrl(),
    view,
    URLExt.encodeParts(contents)
  );
  const carried = encodeURIComponent(JSON.stringify(place));
  return window.open(`${address}${MARK}${carried}`, '_blank') !== null;
}

/** Return the place that this page's address carries, and take it out of the address; null for none. */
export function takeArrival(): string | null {
  const { hash, pathname, search } = window.location;
  if (!hash.startsWith(MARK)) {
    return null;
  }
  window.history.replaceState(window.history.state, '', pathname + search);
  try {
    return decodeURIComponent(hash.slice(MARK.length));
  } catch {
    return null;
  }
}

/** Return a document of this page in any viewer or editor. */
export function findShown(
  documents: IDocumentManager,
  contents: string
): IDocumentWidget | undefined {
  return (
    documents.findWidget(contents, 'Editor') ?? documents.findWidget(contents)
  );
}

/** Return a manager that takes the documents of this page as they are, and opens no other. */
export function onlyShown(documents: IDocumentManager): IDocumentManager {
  const find: IDocumentManager['openOrReveal'] = (path, name) =>
    documents.findWidget(path, name) ?? undefined;
  return Object.create(documents, {
    openOrReveal: { value: find }
  }) as IDocumentManager;
}
