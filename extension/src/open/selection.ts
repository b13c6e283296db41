/**
 * The selected text in outputs and rendered Markdown of a document.
 *
 * The browser drops its selection when the command palette or the panel takes the focus, and when the notebook takes it
 * back. So this class remembers it until the user clicks into a document or selects something else.
 */
export class ShownSelection {
  constructor(
    /** Whether a node belongs to a document. */
    private readonly _isInDocument: (node: Node) => boolean
  ) {
    document.addEventListener('selectionchange', () => this._update());
    document.addEventListener(
      'pointerdown',
      event => {
        const opensMenu = event.button !== 0 || event.ctrlKey;
        if (!opensMenu && this._isInDocument(event.target as Node)) {
          this._found = null;
        }
      },
      true
    );
  }

  /** The selected text and a node of its document; null for none. */
  get current(): { text: string; node: Node } | null {
    return this._found && isShown(this._found.node) ? this._found : null;
  }

  private _update(): void {
    const selection = document.getSelection();
    const node = selection?.anchorNode;
    const text = selection?.toString() ?? '';
    if (node && text.trim() && this._isInDocument(node)) {
      this._found = isEdited(node) ? null : { text, node };
    }
  }

  private _found: { text: string; node: Node } | null = null;
}

/** Whether a node belongs to an editor, which knows its own selection. */
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
