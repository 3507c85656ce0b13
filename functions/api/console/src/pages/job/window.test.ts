import assert from 'node:assert/strict';
import test from 'node:test';
import { fittingWindow } from './window';

const every = (minutes: number) => Array.from({ length: 10 }, (_, index) => index * minutes * 60_000);

test('a window holds some dozens of occurrences, if one does', () => {
  assert.deepEqual([1, 15, 60, 300, 1_440].map((minutes) => fittingWindow(every(minutes))), ['hour', 'day', 'day', 'week', 'month']);
});

test('of a job without times ahead, all is shown that there is', () => {
  assert.equal(fittingWindow([]), 'month');
  assert.equal(fittingWindow([1]), 'month');
});
