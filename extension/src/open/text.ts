import type { CodeEditor } from '@jupyterlab/codeeditor';
import type { IDocumentManager } from '@jupyterlab/docmanager';
import type { FileEditor } from '@jupyterlab/fileeditor';

import type { ICited } from '../net/wire';
import { opened } from './document';
import type { ISpan } from './span';
import { spanIn, startOf } from './span';

/** How far an opening got: to what was cited, or only to where it was. */
export type Reached = 'quote' | 'place' | 'unsaved';

/** Open a text in the editor and select what was cited; else go to its line. */
export async function openText(
  documents: IDocumentManager,
  path: string,
  place: ICited
): Promise<Reached> {
  const { content, context } = await opened(documents, path, 'Editor');
  const { editor } = content as FileEditor;
  const source = editor.model.sharedModel.getSource();
  const { line } = place.anchor;
  const span = spanIn(source, { ...place, line });
  if (span) {
    select(editor, span);
    return 'quote';
  }
  const at = startOf(source, line ?? 1);
  select(editor, { from: at, to: at });
  return context.model.dirty ? 'unsaved' : 'place';
}

/** Select a stretch of text and bring it into view. */
export function select(editor: CodeEditor.IEditor, span: ISpan): void {
  const [start, end] = [span.from, span.to].map(at =>
    editor.getPositionAt(at)!
  );
  editor.setSelection({ start, end });
  editor.revealPosition(start);
}
