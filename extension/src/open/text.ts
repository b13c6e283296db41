import type { CodeEditor } from '@jupyterlab/codeeditor';
import type { IDocumentManager } from '@jupyterlab/docmanager';
import type { FileEditor } from '@jupyterlab/fileeditor';

import type { ICited } from '../net/wire';
import { openDocument } from './document';
import type { ISpan } from './span';
import { spanIn, startOf } from './span';

/** What an opened document shows: the quote, only its expected place, or unsaved text without it. */
export type OpenOutcome = 'quote' | 'place' | 'unsaved';

/** Open a text in the editor and select the quote, or else go to its line. */
export async function openText(
  documents: IDocumentManager,
  path: string,
  place: ICited
): Promise<OpenOutcome> {
  const { content, context } = await openDocument(documents, path, 'Editor');
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

/** Select a span of text and scroll to it. */
export function select(editor: CodeEditor.IEditor, span: ISpan): void {
  const [start, end] = [span.from, span.to].map(at =>
    editor.getPositionAt(at)!
  );
  editor.setSelection({ start, end });
  editor.revealPosition(start);
}
