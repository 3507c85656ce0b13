import assert from 'node:assert/strict';
import test from 'node:test';
import { cellsOf, cellWords } from './cells';
import type { Occurrence } from './occurrences';

const NOON = Date.UTC(2026, 10, 28, 12);
const occurrence = (minutes: number, outcome: Occurrence['outcome'], lateness_ms: number | null): Occurrence => ({
  job_id: 'j',
  fire_time: new Date(NOON + minutes * 60_000).toISOString(),
  outcome,
  explanation: '',
  lateness_ms,
  trigger: 'schedule',
  attempt: null,
  execution_id: null,
  finished_at: null,
  hold: null,
  job_version: null,
  reason: null,
  stands_for: null,
  started_at: null,
  stood_for_by: null,
});

test('bars are measured by the latest one, and an early start is none', () => {
  const cells = cellsOf([occurrence(-3, 'ran', 100), occurrence(-2, 'failed', 400), occurrence(-1, 'ran', -50)], [], [], NOON);
  assert.deepEqual(cells.map(({ height }) => height), [0.25, 1, 0]);
  assert.equal(cells[1]?.tone, 'bad');
});

test('what has a record already is not shown as ahead, too', () => {
  const soon = NOON + 60_000;
  assert.equal(cellsOf([occurrence(1, 'waiting', null)], [soon, soon + 60_000], [], NOON).length, 2);
});

test('a time that will be skipped is shown where it would have been', () => {
  const skipped = new Date(NOON + 90_000).toISOString();
  const cells = cellsOf([], [NOON + 60_000, NOON + 120_000], [skipped], NOON);
  assert.deepEqual(cells.map((cell) => cell.skipped), [false, true, false]);
});

test('a cell says aloud what it shows', () => {
  const [cell] = cellsOf([occurrence(0, 'ran', 1_500)], [], [], NOON);
  assert.equal(cell && cellWords(cell, '12:00'), '12:00: ran, 1.5 s late');
});
