import assert from 'node:assert/strict';
import test from 'node:test';
import { draftOf, type JobRequest, requestOf, startingDraft } from './draft';

const whole: JobRequest = {
  name: 'nightly',
  job_type: 'http',
  payload: { url: 'https://example.com', method: 'PUT', sign: { keys: [{ secret: 'k' }] } },
  schedule: { kind: 'cron', expression: 'H 9 * * *', timezone: 'Europe/Berlin' },
  after: ['0192aaaa-0000-7000-8000-000000000000'],
  after_condition: 'all_finished',
  after_limit_seconds: 600,
  starts_at: '2026-12-01T00:00:00Z',
  ends_at: '2027-12-01T00:00:00Z',
  max_runs: 12,
  spread_seconds: 900,
  exclude_calendars: ['holidays'],
  priority: 2,
  timeout_seconds: 60,
  overlap: 'queue',
  concurrency_key: 'crm',
  max_concurrency: 3,
  rate_per_minute: 30,
  retry: { max_retries: 5, backoff_seconds: 10, max_backoff_seconds: 100 },
  misfire: { policy: 'fire_all', catch_up_window_seconds: 3_600 },
  pause_after_failures: 4,
  notify: {
    on: ['dead', 'late'],
    late_after_seconds: 30,
    channels: [
      { kind: 'webhook', url: { secret: 'hook' }, sign: { keys: [{ secret: 'k' }] } },
      { kind: 'email', to: ['a@example.com', 'b@example.com'] },
      { kind: 'sns', topic_arn: 'arn:aws:sns:eu-west-1:000000000000:punctual-x' },
    ],
  },
};

test('a definition goes through the form unchanged, with what the form has no control for', () => {
  assert.deepEqual(requestOf(draftOf(whole, 'UTC')), whole);
});

test('what was left empty is left out', () => {
  const request = requestOf({ ...startingDraft('UTC'), name: 'n' });
  assert.deepEqual(Object.keys(request).sort(), ['job_type', 'name', 'payload', 'priority', 'schedule']);
});

test('a number that is none is sent as it was typed, for the API to name its field', () => {
  assert.equal(requestOf({ ...startingDraft('UTC'), timeout: '3o' })['timeout_seconds'], '3o');
});

test('auto spread without a window is not asked for', () => {
  assert.equal('spread' in requestOf({ ...startingDraft('UTC'), spread: 'auto' }), false);
  assert.equal(requestOf({ ...startingDraft('UTC'), spread: 'auto', spreadSeconds: '600' })['spread'], 'auto');
});

test('a job without times of its own has no schedule', () => {
  const draft = startingDraft('UTC');
  const request = requestOf({ ...draft, schedule: { ...draft.schedule, kind: 'after' }, after: ['x'] });
  assert.equal('schedule' in request, false);
  assert.deepEqual(request['after'], ['x']);
});
