import type { IDocumentManager } from '@jupyterlab/docmanager';
import type { IDocumentWidget } from '@jupyterlab/docregistry';

/** Open a document in a viewer or editor given by the name of its factory, or show it where it is open; wait for it. */
export async function opened(
  documents: IDocumentManager,
  path: string,
  factory: string
): Promise<IDocumentWidget> {
  const widget = documents.openOrReveal(path, factory);
  if (!widget) {
    throw new Error(factory);
  }
  // what cannot be loaded is closed by JupyterLab, after it has said why
  const closed = new Promise<never>((_, reject) =>
    widget.disposed.connect(() => reject(new Error(factory)))
  );
  await Promise.race([widget.context.ready, closed]);
  await Promise.race([widget.revealed, closed]);
  return widget;
}

/** The first of some factories that JupyterLab has. */
export function available(
  documents: IDocumentManager,
  ...factories: string[]
): string | undefined {
  return factories.find(name => documents.registry.getWidgetFactory(name));
}
