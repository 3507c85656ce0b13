import assert from 'node:assert/strict';
import test from 'node:test';
import type { Trust } from './shape';
import { trustWords } from './trust';

const WHOLE: Trust = {
  agenda: { taken_at: '2026-11-28T12:00:00Z', jobs: 10, is_whole: true, changes_left_out: 0, changes_are_more: false },
  is_estimate: false,
  sampled_one_of: 1,
  left_out: { after_others: 0 },
  calendars: 0,
};

test('of a whole forecast only what no forecast can know is said', () => {
  assert.deepEqual(trustWords(WHOLE), ['Retries and runs by hand are not in it.']);
});

test('a sample, a part and what is left out are each said', () => {
  const said = trustWords({
    agenda: { ...WHOLE.agenda, is_whole: false, changes_left_out: 1000, changes_are_more: true },
    is_estimate: true,
    sampled_one_of: 4,
    left_out: { after_others: 1 },
    calendars: 2,
  });
  assert.deepEqual(said.slice(0, 5), [
    'An estimate: one job of 4 was counted, and counted 4 times.',
    'Not every job could be read: there are more starts than these.',
    'more than 1,000 jobs changed since the agenda was taken and are counted as before.',
    '1 job that starts after others is not in it.',
    '2 jobs with calendars are counted as if nothing were excluded.',
  ]);
});
