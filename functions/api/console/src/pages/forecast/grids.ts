// The forecast's minutes as the cells of heat maps: a day has its hours as rows and minutes as columns, a month its
// days (of UTC) as rows and hours as columns. Nothing is counted twice, and a cell outside of the forecast has no value.

import type { Grid } from '../../charts/heat';

export type Window = 'hour' | 'day' | 'month';

const MINUTE = 60_000;

/** A heat map whose cells know their instants. */
export interface TimeGrid extends Grid {
  /** The instant at which the first cell begins, also if that is before the forecast does. */
  start: number;
  cellMs: number;
  /** For cells longer than a minute: the busiest minute of each, its starts and its instant. */
  busiest: readonly { at: number; starts: number }[];
}

/** Counts per minute from `from` on, as rows of `columns` cells of `cellMinutes` each. */
export function gridOf(counts: readonly number[], from: number, cellMinutes: number, columns: number): TimeGrid {
  const cellMs = cellMinutes * MINUTE;
  const rowMs = cellMs * columns;
  const start = Math.floor(from / rowMs) * rowMs;
  const end = from + counts.length * MINUTE;
  const cells = Math.ceil((end - start) / rowMs) * columns;
  const values: (number | null)[] = new Array<number | null>(cells).fill(null);
  const busiest = Array.from({ length: cells }, (_, cell) => ({ at: start + cell * cellMs, starts: 0 }));
  counts.forEach((count, minute) => {
    const at = from + minute * MINUTE;
    const cell = Math.floor((at - start) / cellMs);
    values[cell] = (values[cell] ?? 0) + count;
    const most = busiest[cell];
    if (most && count > most.starts) busiest[cell] = { at, starts: count };
  });
  return { columns, values, start, cellMs, busiest };
}

/** The grid of a window: minutes by hour, or hours by day. */
export function windowGrid(window: Window, counts: readonly number[], from: number): TimeGrid {
  return window === 'month' ? gridOf(counts, from, 60, 24) : gridOf(counts, from, 1, 60);
}

/** The minutes of one UTC day out of a longer forecast. */
export function dayOf(counts: readonly number[], from: number, at: number): { counts: readonly number[]; from: number } {
  const day = 24 * 60 * MINUTE;
  const dayStart = Math.floor(at / day) * day;
  const first = Math.max(0, Math.round((dayStart - from) / MINUTE));
  const last = Math.max(first, Math.round((dayStart + day - from) / MINUTE));
  return { counts: counts.slice(first, last), from: from + first * MINUTE };
}

/** The instant at which a cell begins. */
export function instantOf(grid: TimeGrid, cell: number): number {
  return grid.start + cell * grid.cellMs;
}

/** The cell of an instant, or `null` outside of the grid. */
export function cellOf(grid: TimeGrid, at: number): number | null {
  const cell = Math.floor((at - grid.start) / grid.cellMs);
  return cell < 0 || cell >= grid.values.length || grid.values[cell] === null ? null : cell;
}
