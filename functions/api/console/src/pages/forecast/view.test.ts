import assert from 'node:assert/strict';
import test from 'node:test';
import { minuteName, viewOf } from './view';

test('an address that says nothing is the next day, by type', () => {
  const view = viewOf(new URLSearchParams());
  assert.deepEqual(view, { window: 'day', by: 'job_types', selection: { user: '', job_type: '', target: '' }, day: null, minute: null });
});

test('what the address says wrongly is as if it were not said', () => {
  const view = viewOf(new URLSearchParams('window=year&by=moon&minute=soon&day=x'));
  assert.deepEqual([view.window, view.by, view.minute, view.day], ['day', 'job_types', null, null]);
});

test('a minute is named whole', () => {
  assert.equal(minuteName(Date.parse('2026-11-29T12:00:31.5Z')), '2026-11-29T12:00:00Z');
  assert.equal(viewOf(new URLSearchParams('minute=2026-11-29T12:00Z')).minute, '2026-11-29T12:00:00Z');
});
