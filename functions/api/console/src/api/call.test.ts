import assert from 'node:assert/strict';
import test from 'node:test';
import { address } from './call';

test('parameters are put in place and escaped', () => {
  assert.equal(address('/v1/jobs/{id}/occurrences/{fire_time}', { path: { id: 'a/b', fire_time: '2026-11-28T12:00:00Z' } }), '/v1/jobs/a%2Fb/occurrences/2026-11-28T12%3A00%3A00Z');
});

test('what is empty is left out of the query', () => {
  assert.equal(address('/v1/jobs', { query: { status: '', cursor: undefined, job_type: null, limit: 0 } }), '/v1/jobs?limit=0');
  assert.equal(address('/v1/jobs', { query: { status: '' } }), '/v1/jobs');
});

test('a parameter that is missing is not sent as the word undefined', () => {
  assert.throws(() => address('/v1/jobs/{id}', {}), /lacks id/);
});
