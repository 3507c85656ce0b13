import assert from 'node:assert/strict';
import test from 'node:test';
import { scheduleInShort, scheduleWords } from './schedule';

test('each kind is told in its own notation', () => {
  assert.deepEqual(scheduleInShort({ kind: 'cron', expression: '0 9 * * *' }), { text: 'cron', code: '0 9 * * *', zone: 'UTC' });
  assert.deepEqual(scheduleInShort({ kind: 'every', seconds: 5_400 }), { text: 'every 1 h 30 min' });
  assert.deepEqual(scheduleInShort({ kind: 'once', at: '2026-11-28T12:00:00Z' }), { text: 'once, 2026-11-28 12:00:00 UTC' });
  assert.deepEqual(scheduleInShort({ kind: 'after' }, ['a']), { text: 'after 1 job' });
  assert.deepEqual(scheduleInShort({ kind: 'once', local: '2026-11-28T12:00:00', timezone: 'Europe/Berlin' }), {
    text: 'once, 2026-11-28 12:00:00',
    zone: 'Europe/Berlin',
  });
});

test('a period is told without where it is counted from', () => {
  const said = 'Every 10 seconds from 2026-11-28T12:00:00Z on';
  assert.equal(scheduleWords(said, { kind: 'every', seconds: 10 }), 'Every 10 seconds');
  assert.equal(scheduleWords('Every minute, UTC', { kind: 'cron', expression: '* * * * *' }), 'Every minute, UTC');
});
