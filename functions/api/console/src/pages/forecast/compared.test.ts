import type { Schemas } from '../../api/call';
import assert from 'node:assert/strict';
import test from 'node:test';
import { assumedWords, rowsOf } from './compared';

const OUTCOME: Schemas['WhatIfOutcome'] = {
  starts: 5300,
  peak_per_second: 5012,
  peak_at: null,
  peak_per_minute: 5300,
  lateness_ms: { p50: 60, p99: 6100, max: null },
  never: 12,
  untold: 0,
  drain_seconds: 9.2,
  usd_per_month: 12.3456,
};

test('what never starts has no lateness to be told', () => {
  const rows = rowsOf(OUTCOME, { ...OUTCOME, lateness_ms: { p50: 1, p99: 2, max: 3 } });
  const latest = rows.find((row) => row.name === 'Lateness, the latest');
  assert.deepEqual([latest?.words(latest.before), latest?.words(latest.after)], ['never', '3 ms']);
});

test('assumptions are said by band', () => {
  const words = assumedWords({ places: { high: 40, normal: 80, low: 20 }, mean_seconds: { high: 0.2, normal: 0.2, low: 1 }, shards: 8 });
  assert.equal(words, 'places 40 high, 80 normal, 20 low; each held for 200 ms high, 200 ms normal, 1.0 s low, as measured lately; 8 shards');
});
