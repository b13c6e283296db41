// Draws the water level of the last day.
export const REFRESH_MS = 45000;

export function colourOf(level) {
  // above the alert level the line is crimson
  return level > 5.2 ? "crimson" : "navy";
}
