import type { Drag } from '@lumino/dragdrop';

/** The MIME type of paths dragged from the file browser. */
const CONTENTS_MIME = 'application/x-jupyter-icontents';

export interface IDrops {
  /** The text to show while the user drags files of the file browser over the node. */
  label(): string;
  /** The text to show while the user drags anything else. */
  foreignLabel: string;
  /** Called with contents-API paths, which may name a drive. */
  onPaths(paths: readonly string[]): void;
  /** Called for files from outside of the server, which have no path there. */
  onForeign(): void;
}

/** Accept files and folders of the file browser on a node; its style shows what it accepts. */
export function acceptDrops(node: HTMLElement, drops: IDrops): void {
  const show = (label: string, isForeign = false): void => {
    node.dataset.drop = label;
    node.classList.toggle('jp-mod-foreign', isForeign);
  };
  const hide = (event: Event): void => {
    const to = (event as MouseEvent).relatedTarget;
    if (!(to instanceof Node && node.contains(to))) {
      delete node.dataset.drop;
    }
  };

  const hasPaths = (event: Drag.Event): boolean =>
    event.mimeData.hasData(CONTENTS_MIME);
  const over = (event: Event): void => {
    const drag = event as Drag.Event;
    if (hasPaths(drag)) {
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
    if (hasPaths(drag)) {
      event.preventDefault();
      event.stopPropagation();
      delete node.dataset.drop;
      drag.dropAction = drag.proposedAction;
      drops.onPaths(drag.mimeData.getData(CONTENTS_MIME) as string[]);
    }
  });

  const hasForeignFiles = (event: DragEvent): boolean =>
    event.dataTransfer?.types.includes('Files') ?? false;
  node.addEventListener('dragover', event => {
    if (hasForeignFiles(event)) {
      event.preventDefault(); // else the browser would open the file, in place of JupyterLab
      show(drops.foreignLabel, true);
    }
  });
  node.addEventListener('dragleave', hide);
  node.addEventListener('drop', event => {
    if (hasForeignFiles(event)) {
      event.preventDefault();
      delete node.dataset.drop;
      drops.onForeign();
    }
  });
}
