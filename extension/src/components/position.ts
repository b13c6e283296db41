/** The gap between the floating box and its element or the window's edge, in pixels. */
const GAP = 6;

/** Show a box in the page's top layer, where nothing clips it, below or above its element. */
export function float(box: HTMLElement, of: Element): void {
  // browsers without popovers show the box in place
  (box as { showPopover?: () => void }).showPopover?.();
  const at = of.getBoundingClientRect();
  const { offsetWidth: width, offsetHeight: height } = box;
  const below = window.innerHeight - at.bottom - GAP;
  const isBelow = below >= height + GAP || below >= at.top;
  const left = Math.min(at.left, window.innerWidth - width - GAP);
  const top = Math.min(
    isBelow ? at.bottom + GAP : at.top - height - GAP,
    window.innerHeight - height - GAP
  );
  box.style.left = `${Math.max(GAP, left)}px`;
  box.style.top = `${Math.max(GAP, top)}px`;
}
