import assert from 'node:assert/strict';
import test from 'node:test';
import { type Trust, trustWords } from './trust';

const WHOLE: Trust = {
  agenda: { taken_at: '2026-11-28T12:00:00Z', is_whole: true, changes_left_out: 0, changes_are_more: false },
  sample: null,
  left_out: { after_others: 0, calendars: 0, unreadable: 0 },
};

test('of a whole forecast only what no forecast can know is said', () => {
  assert.deepEqual(trustWords(WHOLE), ['Retries and runs by hand: not counted.']);
});

test('a sample, a part and what is left out are each said', () => {
  const said = trustWords({
    agenda: { ...WHOLE.agenda, is_whole: false, changes_left_out: 1000, changes_are_more: true },
    sample: { jobs: 90_000, one_of: 4 },
    left_out: { after_others: 1, calendars: 2, unreadable: 3 },
  });
  assert.deepEqual(said, [
    'An estimate: of 90,000 jobs one of 4 was looked at, and counted 4 times.',
    'Not every job could be read: there are more starts than these.',
    'More than 1,000 changes since then could not be read yet.',
    '1 job to start after others: not counted.',
    '2 jobs with calendars: counted as if nothing were excluded.',
    '3 jobs whose schedule cannot be read: not counted.',
    'Retries and runs by hand: not counted.',
  ]);
});
