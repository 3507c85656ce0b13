import assert from 'node:assert/strict';
import test from 'node:test';
import { Problem, Unreachable } from '../api/problem';
import { nextWait } from './polling';

const refused = (status: number, after?: number) => new Problem(status, '', '', [], after);

test('it is asked again at its pace while that succeeds', () => {
  assert.equal(nextWait(5, 0, undefined), 5);
});

test('failures are asked after ever more rarely, and at least once a minute', () => {
  const waits = [1, 2, 3, 9].map((failures) => nextWait(5, failures, refused(500)));
  assert.deepEqual(waits, [10, 20, 40, 60]);
});

test('never sooner than the API said', () => {
  assert.equal(nextWait(5, 1, refused(503, 90)), 90);
  assert.equal(nextWait(5, 1, refused(429, 3)), 10);
});

test('what will not change by asking is not asked again', () => {
  for (const status of [400, 403, 404, 422]) assert.equal(nextWait(5, 1, refused(status)), undefined);
});

test('a network that is back is noticed within ten seconds', () => {
  assert.equal(nextWait(5, 9, new Unreachable()), 10);
});
