import assert from 'node:assert/strict';
import { test } from 'node:test';
import { cellOf, dayOf, gridOf, instantOf, windowGrid } from './grids';

const at = (text: string) => Date.parse(text);
const sum = (values: readonly (number | null)[]) => values.reduce<number>((all, value) => all + (value ?? 0), 0);

test("a day that begins within an hour has that hour's first minutes empty, and nothing is lost", () => {
  const from = at('2026-11-28T21:20:00Z');
  const counts = Array.from({ length: 1440 }, (_, minute) => minute % 7);
  const grid = windowGrid('day', counts, from);
  assert.equal(grid.values.length, 25 * 60);
  assert.equal(grid.values[19], null);
  assert.equal(grid.values[20], 0);
  assert.equal(grid.values[21], 1);
  assert.equal(sum(grid.values), sum(counts));
  assert.equal(instantOf(grid, 20), from);
  assert.equal(cellOf(grid, from), 20);
  assert.equal(cellOf(grid, from - 60_000), null);
});

test('a month sums its hours and names the busiest minute of each', () => {
  const from = at('2026-11-28T21:20:00Z');
  const counts = new Array<number>(30 * 1440).fill(1);
  counts[40] = 500;
  const grid = windowGrid('month', counts, from);
  assert.equal(sum(grid.values), sum(counts));
  assert.equal(instantOf(grid, 0), at('2026-11-28T00:00:00Z'));
  assert.equal(grid.values[20], null);
  assert.equal(grid.values[21], 40);
  assert.equal(grid.values[22], 559);
  assert.deepEqual(grid.busiest[22], { at: at('2026-11-28T22:00:00Z'), starts: 500 });
});

test('a day of a month is that UTC day, as far as the forecast reaches into it', () => {
  const from = at('2026-11-28T21:20:00Z');
  const counts = Array.from({ length: 3 * 1440 }, (_, minute) => minute);
  const first = dayOf(counts, from, at('2026-11-28T23:00:00Z'));
  assert.equal(first.from, from);
  assert.equal(first.counts.length, 160);
  const second = dayOf(counts, from, at('2026-11-29T05:00:00Z'));
  assert.equal(second.from, at('2026-11-29T00:00:00Z'));
  assert.equal(second.counts.length, 1440);
  assert.equal(second.counts[0], 160);
});

test('an empty forecast has no cells', () => {
  assert.deepEqual(gridOf([], 0, 1, 60).values, []);
});
