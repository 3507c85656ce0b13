import assert from 'node:assert/strict';
import test from 'node:test';
import { scheduleDraft, scheduleRequest, startingSchedule } from './schedule';

const through = (schedule: Parameters<typeof scheduleDraft>[0]) => scheduleRequest(scheduleDraft(schedule, 'UTC'));

test('each kind goes through the form unchanged', () => {
  const every = { kind: 'every', seconds: 5_400, anchor_at: '2026-11-28T12:00:00Z' } as const;
  const rule = { kind: 'rrule', rule: 'FREQ=DAILY', starts_at_local: '2026-11-28T09:00:00', timezone: 'Asia/Tokyo' } as const;
  const once = { kind: 'once', local: '2026-11-28T12:00:00', timezone: 'Europe/Berlin' } as const;
  for (const schedule of [every, rule, once]) assert.deepEqual(through(schedule), schedule);
  assert.equal(through({ kind: 'after' }), undefined);
});

test('an instant stays the same instant', () => {
  assert.deepEqual(through({ kind: 'once', at: '2026-11-28T12:00:00+01:00' }), { kind: 'once', local: '2026-11-28T11:00:00', timezone: 'UTC' });
});

test('a period is shown in the largest unit that holds it whole', () => {
  const shown = (seconds: number) => {
    const draft = scheduleDraft({ kind: 'every', seconds }, 'UTC');
    return `${draft.everyAmount} ${draft.everyUnit}`;
  };
  assert.deepEqual([90, 300, 7_200, 86_400].map(shown), ['90 seconds', '5 minutes', '2 hours', '1 days']);
});

test('seconds that a browser left out are put back', () => {
  const draft = { ...startingSchedule('UTC'), kind: 'once' as const, onceLocal: '2026-11-28T12:00' };
  assert.equal(scheduleRequest(draft)?.['local'], '2026-11-28T12:00:00');
});
