import type { Schemas } from '../../api/call';
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { timeline, totals } from './timeline';

const minute = (at: string, change: Partial<Schemas['ActivityMinute']> = {}): Schemas['ActivityMinute'] => ({
  at,
  is_settled: true,
  started: 0,
  succeeded: 0,
  failed: 0,
  dead: 0,
  canceled: 0,
  skipped: 0,
  retried: 0,
  success_rate: null,
  lateness_p50_ms: null,
  lateness_p99_ms: null,
  dispatched: 0,
  deferred: 0,
  shed: 0,
  released: 0,
  ready: null,
  ticks: 1,
  ...change,
});

test('what was measured ends where what is planned begins, and the present minute has both', () => {
  const past = [minute('2026-11-28T11:59:00Z', { started: 4 }), minute('2026-11-28T12:00:00Z', { started: 9, dead: 1 })];
  const made = timeline(past, { first_minute: '2026-11-28T12:00:31Z', minutes: [12, 3] });
  assert.equal(made.times.length, 3);
  assert.deepEqual(made.started, [4, 9, null]);
  assert.deepEqual(made.bad, [0, 1, null]);
  assert.deepEqual(made.planned, [null, 12, 3]);
});

test('a gap between the two is a gap, not a shift', () => {
  const made = timeline([minute('2026-11-28T11:57:00Z')], { first_minute: '2026-11-28T12:00:00Z', minutes: [1] });
  assert.deepEqual(made.started, [0, null, null, null]);
  assert.deepEqual(made.planned, [null, null, null, 1]);
});

test('without anything there is nothing to draw', () => {
  assert.deepEqual(timeline([], null).times, []);
});

test('success is told of what ended well or badly, and of nothing else', () => {
  const all = totals([
    minute('2026-11-28T11:58:00Z', {
      started: 60,
      succeeded: 8,
      failed: 1,
      dead: 1,
      skipped: 90,
      lateness_p50_ms: 200,
      lateness_p99_ms: 800,
    }),
    minute('2026-11-28T11:59:00Z', { is_settled: false, started: 3, lateness_p50_ms: 400, lateness_p99_ms: 500 }),
  ]);
  assert.equal(all.successRate, 0.8);
  assert.equal(all.worstP99, 800);
  assert.equal(all.usualP50, 200);
  assert.equal(all.perSecond, 1);
  assert.equal(totals([]).successRate, null);
});
