import type { Drag } from '@lumino/dragdrop';

/** What the file browser calls the paths that are dragged. */
const CONTENTS_MIME = 'application/x-jupyter-icontents';

export interface IDrops {
  /** What is shown while something that can be dropped is above the node. */
  label(): string;
  /** What is shown while something else is. */
  strange: string;
  /** Called with contents-API paths, which may name a drive. */
  onPaths(paths: readonly string[]): void;
  /** Called for files that have no path on the server. */
  onStrangers(): void;
}

/** Let files and folders of the file browser be dropped onto a node; what may be dropped is said by its style. */
export function acceptDrops(node: HTMLElement, drops: IDrops): void {
  const show = (label: string, isStrange = false): void => {
    node.dataset.drop = label;
    node.classList.toggle('jp-mod-strange', isStrange);
  };
  const hide = (event: Event): void => {
    const to = (event as MouseEvent).relatedTarget;
    if (!(to instanceof Node && node.contains(to))) {
      delete node.dataset.drop;
    }
  };

  const dragged = (event: Drag.Event): boolean =>
    event.mimeData.hasData(CONTENTS_MIME);
  const over = (event: Event): void => {
    const drag = event as Drag.Event;
    if (dragged(drag)) {
      event.preventDefault();
      event.stopPropagation();
      drag.dropAction = drag.proposedAction;
      show(drops.label());
    }
  };
  node.addEventListener('lm-dragenter', over);
  node.addEventListener('lm-dragover', over);
  node.addEventListener('lm-dragleave', hide);
  node.addEventListener('lm-drop', event => {
    const drag = event as Drag.Event;
    if (dragged(drag)) {
      event.preventDefault();
      event.stopPropagation();
      delete node.dataset.drop;
      drag.dropAction = drag.proposedAction;
      drops.onPaths(drag.mimeData.getData(CONTENTS_MIME) as string[]);
    }
  });

  const strange = (event: DragEvent): boolean =>
    event.dataTransfer?.types.includes('Files') ?? false;
  node.addEventListener('dragover', event => {
    if (strange(event)) {
      event.preventDefault(); // else the browser would open the file, in place of JupyterLab
      show(drops.strange, true);
    }
  });
  node.addEventListener('dragleave', hide);
  node.addEventListener('drop', event => {
    if (strange(event)) {
      event.preventDefault();
      delete node.dataset.drop;
      drops.onStrangers();
    }
  });
}
