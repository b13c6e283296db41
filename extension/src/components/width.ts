import type { Widget } from '@lumino/widgets';
import { SplitPanel } from '@lumino/widgets';

import type { PanelModel } from '../model/panel';

/** The width of the panel when it is first shown; below it, answers and cards are cramped. */
const COMFORTABLE_PX = 340;

/** Make a side panel comfortably wide when it is first shown in a workspace; the user's own width stays later. */
export async function widenOnce(
  panel: Widget,
  model: Pick<PanelModel, 'isFirstTime'>
): Promise<void> {
  if (!(await model.isFirstTime())) {
    return;
  }
  await new Promise(requestAnimationFrame); // JupyterLab lays the side area out
  let area = panel;
  while (area.parent && !(area.parent instanceof SplitPanel)) {
    area = area.parent;
  }
  const split = area.parent;
  const missing = COMFORTABLE_PX - panel.node.offsetWidth;
  if (!split || split.orientation !== 'horizontal' || missing <= 0) {
    return;
  }
  const widths = split.widgets.map(({ node }) => node.offsetWidth);
  const place = split.widgets.indexOf(area);
  const widest = widths.indexOf(Math.max(...widths));
  widths[place] += missing;
  widths[widest] -= missing;
  split.setRelativeSizes(widths);
}
