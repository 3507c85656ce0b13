import assert from 'node:assert/strict';
import test from 'node:test';
import type { Schemas } from '../../api/call';
import { filterOfRedrive, followed, progressWords } from './redriveWords';

const redrive = (change: Partial<Schemas['BulkRedrive']>): Schemas['BulkRedrive'] => ({
  id: 'r',
  at_least: false,
  by: 'olga',
  ended_at: null,
  filter: {},
  matched: 100,
  rate_per_minute: 30,
  refused: 0,
  released: 0,
  requested_at: '2026-11-28T12:00:00Z',
  state: 'releasing',
  updated_at: '2026-11-28T12:00:00Z',
  ...change,
});

test('a redrive under way says how far it is and how long it goes on', () => {
  assert.equal(progressWords(redrive({ released: 40 })), '40 of 100 released, the rest over about 2 minutes');
  assert.equal(progressWords(redrive({ state: 'done', released: 97, refused: 3 })), '97 of 100 released, 3 could not be: their jobs are deleted');
  assert.equal(progressWords(redrive({ matched: 4, released: 5, state: 'done' })), '5 released');
  assert.equal(progressWords(redrive({ matched: 5000, at_least: true, state: 'canceled' })), '0 of at least 5,000 released');
});

test('what is under way is followed always, of what ended only the last, for a while', () => {
  const now = Date.parse('2026-11-28T13:00:00Z');
  const slow = redrive({});
  const fresh = redrive({ state: 'done', ended_at: '2026-11-28T12:55:00Z' });
  const older = redrive({ state: 'done', ended_at: '2026-11-28T12:50:00Z' });
  const old = redrive({ state: 'done', ended_at: '2026-11-28T12:30:00Z' });
  assert.deepEqual(followed([fresh, older, slow, old], now), [fresh, slow]);
  assert.deepEqual(followed([old], now), []);
});

test('its filter is told as that of the list', () => {
  assert.equal(filterOfRedrive(redrive({ filter: { user: 'ann', reason: 'timed_out' } })), 'open letters of user ann, that ended as timed_out');
  const until = redrive({ filter: { until: '2026-11-28T22:58:42.068575138Z' } });
  assert.equal(filterOfRedrive(until), 'open letters that ended before 2026-11-28T22:58:42Z');
});
