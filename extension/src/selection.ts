/**
 * The text that is selected in what a document shows: outputs, rendered Markdown.
 *
 * A browser forgets it when the focus goes to the command palette or the panel, so it is remembered until the
 * selection changes inside a document.
 */
export class ShownSelection {
  constructor(
    /** Whether a node belongs to a document. */
    private readonly _isInDocument: (node: Node) => boolean
  ) {
    document.addEventListener('selectionchange', () => this._look());
  }

  /** The text, and a node of the document it stands in; null for none. */
  get current(): { text: string; node: Node } | null {
    return this._found && isShown(this._found.node) ? this._found : null;
  }

  private _look(): void {
    const selection = document.getSelection();
    const node = selection?.anchorNode;
    if (!selection || !node || !this._isInDocument(node)) {
      return;
    }
    const text = isEdited(node) ? '' : selection.toString();
    this._found = text.trim() ? { text, node } : null;
  }

  private _found: { text: string; node: Node } | null = null;
}

/** An editor knows its own selection. */
function isEdited(node: Node): boolean {
  return Boolean(
    elementOf(node)?.closest('.cm-editor, input, textarea, [contenteditable]')
  );
}

function isShown(node: Node): boolean {
  const element = elementOf(node);
  return Boolean(element?.isConnected && element.getClientRects().length);
}

function elementOf(node: Node): Element | null {
  return node instanceof Element ? node : node.parentElement;
}
