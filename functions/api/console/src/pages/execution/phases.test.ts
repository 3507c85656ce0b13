import assert from 'node:assert/strict';
import test from 'node:test';
import type { Schemas } from '../../api/call';
import { attemptsOf } from './phases';

type Execution = Schemas['Execution'];

const NOON = Date.UTC(2026, 10, 28, 12);
const time = (ms: number) => new Date(NOON + ms).toISOString();
const timing = (attempt: number, dispatched: number, claimed: number, started: number, ended: number): Schemas['AttemptTimes'] => ({
  attempt,
  dispatched_at: time(dispatched),
  claimed_at: time(claimed),
  started_at: time(started),
  ended_at: time(ended),
});
const execution = (given: Partial<Execution>) =>
  ({ fire_time: time(0), ready_at: null, dispatched_at: null, started_at: null, finished_at: null, duration_ms: null, attempt: 1, state: 'succeeded', timings: [], ...given }) as Execution;
const told = (given: Partial<Execution>) =>
  attemptsOf(execution(given), NOON + 10_000).map(({ attempt, phases }) => [attempt, ...phases.map(({ name, from, until }) => `${name} ${until - from}`)]);

test('what was sent ahead waits for its time, not since it was sent', () => {
  assert.deepEqual(told({ timings: [timing(1, -800, 90, 130, 1_900)] }), [
    [1, 'in the queue, until claimed 90', 'claimed, until started 40', 'ran 1770'],
  ]);
  assert.equal(attemptsOf(execution({ timings: [timing(1, -800, 90, 130, 1_900)] }), NOON)[0]?.aheadMs, 800);
});

test('a later attempt is measured from its own dispatch', () => {
  const [, second] = told({ timings: [timing(1, 10, 20, 30, 40), timing(2, 60_000, 60_100, 60_150, 60_500)] });
  assert.deepEqual(second, [2, 'in the queue, until claimed 100', 'claimed, until started 50', 'ran 350']);
});

test('a record without timings tells what it has', () => {
  assert.deepEqual(told({ dispatched_at: time(5), started_at: time(300), finished_at: time(500), duration_ms: 200 }), [
    [1, 'due, not yet dispatched 5', 'in the queue, until started 295', 'ran 200'],
  ]);
});

test('of a later attempt without timings, the dispatch and the start of the first are not taken for its own', () => {
  assert.deepEqual(told({ attempt: 3, dispatched_at: time(5), started_at: time(300), finished_at: time(90_000), duration_ms: 200 }), [[3, 'ran 200']]);
});

test('what runs, runs until now', () => {
  assert.deepEqual(told({ state: 'running', dispatched_at: time(0), started_at: time(1_000) }), [
    [1, 'due, not yet dispatched 0', 'in the queue, until started 1000', 'runs since 9000'],
  ]);
});

test('what waits for others is due when they have ended', () => {
  assert.deepEqual(told({ ready_at: time(5_000), timings: [timing(1, 5_100, 5_200, 5_300, 5_400)] })[0]?.[1], 'due, not yet dispatched 100');
});

test('what has not been sent has no phases', () => {
  assert.deepEqual(told({ state: 'waiting', attempt: 0 }), []);
});
