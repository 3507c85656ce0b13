import assert from 'node:assert/strict';
import test from 'node:test';
import { clockTime, commonZone, period, relative, span, stamp, weekday } from './time';

// Wherever the tests run, the local clock is one that is changed twice a year.
process.env['TZ'] = 'America/Adak';

const NOON = Date.UTC(2026, 10, 28, 12, 0, 5);

test('an instant is told on the clock of a zone', () => {
  assert.equal(stamp(NOON, 'utc'), '2026-11-28 12:00:05 UTC');
  assert.equal(clockTime(NOON, { iana: 'America/New_York' }), '2026-11-28 07:00:05');
  assert.equal(weekday(NOON, { iana: 'Pacific/Auckland' }), 'Sun');
});

test('midnight is 00, not 24', () => {
  assert.equal(clockTime(Date.UTC(2026, 0, 1), 'utc'), '2026-01-01 00:00:00');
});

test('a zone is common to instants unless the clock is changed between them', () => {
  const [before, after] = [Date.UTC(2026, 9, 24, 12), Date.UTC(2026, 9, 25, 12)];
  assert.equal(commonZone([before, after], 'utc'), 'UTC');
  assert.equal(commonZone([], 'utc'), undefined);
  assert.equal(commonZone([before, Date.UTC(2026, 11, 1)], 'local'), undefined);
  assert.notEqual(commonZone([before, after], 'local'), undefined);
});

test('how far off an instant is', () => {
  const said = (seconds: number) => relative(NOON + seconds * 1_000, NOON);
  assert.equal(said(0), 'now');
  assert.equal(said(59), 'in 59 s');
  assert.equal(said(-61), '1 min ago');
  assert.equal(said(2 * 3_600 + 180), 'in 2 h 3 min');
  assert.equal(said(-86_400), '1 day ago');
  assert.equal(said(86_400 * 1_200), 'in 1,200 days');
});

test('a span keeps two units at most', () => {
  assert.deepEqual([0, 840, 2_460, 59_999, 185_000, 7_800_000, 273_600_000].map(span), ['0 ms', '840 ms', '2.4 s', '59 s', '3 min 05 s', '2 h 10 min', '3 d 4 h']);
  assert.equal(span(-840), '−840 ms');
});

test('a period is told exactly', () => {
  assert.deepEqual([0, 90, 300, 86_400, 93_784].map(period), ['0 s', '1 min 30 s', '5 min', '1 d', '1 d 2 h 3 min 4 s']);
});
