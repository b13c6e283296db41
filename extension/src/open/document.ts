import type { IDocumentManager } from '@jupyterlab/docmanager';
import type { IDocumentWidget } from '@jupyterlab/docregistry';

/** Open or reveal a document in the viewer or editor of a factory, and wait until it is shown. */
export async function openDocument(
  documents: IDocumentManager,
  path: string,
  factory: string
): Promise<IDocumentWidget> {
  const widget = documents.openOrReveal(path, factory);
  if (!widget) {
    throw new Error(factory);
  }
  // JupyterLab reports a document that cannot be loaded, and closes it
  const closed = new Promise<never>((_, reject) =>
    widget.disposed.connect(() => reject(new Error(factory)))
  );
  await Promise.race([widget.context.ready, closed]);
  await Promise.race([widget.revealed, closed]);
  return widget;
}

/** Return the first of the given factories that JupyterLab has. */
export function available(
  documents: IDocumentManager,
  ...factories: string[]
): string | undefined {
  return factories.find(name => documents.registry.getWidgetFactory(name));
}
