/** The room between what floats and what it is of, and the edges of the window. */
const GAP = 6;

/** Show an element in the page's top layer, so that nothing cuts it off: below what it is of, or above, in the window. */
export function float(box: HTMLElement, of: Element): void {
  // browsers without it show the element where it stands
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
