// What a heat map shows, without drawing it: which level a count has, where a cell lies, where the cursor goes.
// Counts of starts are skewed (a herd of thousands beside minutes of three), so levels grow by a factor, not by a step.

/** Cells in rows, the first row first. `null` is a cell outside of what was asked for. */
export interface Grid {
  columns: number;
  values: readonly (number | null)[];
}

/** Above empty: as many levels as there are colours `--heat-1` … `--heat-6`. */
export const LEVELS = 6;

/**
 * The least count of each level above empty, rising; fewer of them where there is not enough to tell apart. They are laid
 * between what most cells have at least and the greatest: where every hour has its thousands, thousands are told apart.
 */
export function levelBounds(values: readonly (number | null)[]): number[] {
  const counts = values.filter((value): value is number => value !== null && value > 0).sort((a, b) => a - b);
  const max = counts[counts.length - 1];
  if (max === undefined) return [];
  const usual = counts[Math.floor(counts.length / 10)] ?? 1;
  const bounds: number[] = [1];
  for (let level = 1; level < LEVELS; level += 1) {
    const bound = round(usual * (max / usual) ** (level / LEVELS));
    if (bound > (bounds[bounds.length - 1] ?? 0) && bound <= max) bounds.push(bound);
  }
  return bounds;
}

const ROUND = [8, 6, 5, 4, 3, 2.5, 2, 1.5, 1.2, 1];

/** The greatest round whole number that is not above `value`, which is at least 1. */
function round(value: number): number {
  const power = 10 ** Math.floor(Math.log10(value) + 1e-9);
  const lead = value / power + 1e-9;
  return Math.floor(power * (ROUND.find((one) => one <= lead) ?? 1));
}

/** The level of a count: 0 is empty. With fewer bounds than levels the highest still has the strongest colour. */
export function levelOf(count: number, bounds: readonly number[]): number {
  let reached = 0;
  for (const bound of bounds) if (count >= bound) reached += 1;
  return reached === 0 ? 0 : LEVELS - bounds.length + reached;
}

/** Each level in words: "none", "1 to 4", …, "1,000 and more". */
export function levelWords(bounds: readonly number[]): { level: number; words: string }[] {
  const all = [{ level: 0, words: 'none' }];
  bounds.forEach((bound, index) => {
    const next = bounds[index + 1];
    const from = bound.toLocaleString('en');
    const words =
      next === undefined ? `${from} and more` : next - 1 === bound ? from : `${from} to ${(next - 1).toLocaleString('en')}`;
    all.push({ level: levelOf(bound, bounds), words });
  });
  return all;
}

/** Where a key moves the cursor, or `null` if that key does not move it. It never leaves the cells that have a value. */
export function move(grid: Grid, at: number, key: string): number | null {
  const last = grid.values.length - 1;
  const rowStart = at - (at % grid.columns);
  const to = {
    ArrowLeft: at - 1,
    ArrowRight: at + 1,
    ArrowUp: at - grid.columns,
    ArrowDown: at + grid.columns,
    Home: firstKnown(grid, rowStart),
    End: lastKnown(grid, Math.min(rowStart + grid.columns - 1, last)),
    PageUp: firstKnown(grid, 0),
    PageDown: lastKnown(grid, last),
  }[key];
  if (to === undefined) return null;
  return to < 0 || to > last || grid.values[to] === null ? at : to;
}

function firstKnown(grid: Grid, from: number): number {
  const found = grid.values.findIndex((value, index) => index >= from && value !== null);
  return found < 0 ? from : found;
}

function lastKnown(grid: Grid, from: number): number {
  for (let index = from; index >= 0; index -= 1) if (grid.values[index] !== null) return index;
  return from;
}

/** Where the cells lie within a box of some width. */
export interface Layout {
  left: number;
  top: number;
  cellWidth: number;
  cellHeight: number;
}

/** The cell under a point, or `null` beside the cells and on those without a value. */
export function cellAt(grid: Grid, layout: Layout, x: number, y: number): number | null {
  const column = Math.floor((x - layout.left) / layout.cellWidth);
  const row = Math.floor((y - layout.top) / layout.cellHeight);
  if (column < 0 || column >= grid.columns || row < 0) return null;
  const index = row * grid.columns + column;
  return grid.values[index] === undefined || grid.values[index] === null ? null : index;
}
