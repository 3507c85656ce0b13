import assert from 'node:assert/strict';
import { test } from 'node:test';
import { differenceWords, NO_CHANGE, saysSomething, whatIfOf } from './change';

test('only what was filled in is asked for', () => {
  const form = { ...NO_CHANGE, spread_seconds: '300', spread: 'auto' as const };
  assert.deepEqual(whatIfOf(form, { user: 'ann', job_type: '', target: '' }, 'day'), {
    change: { spread_seconds: 300, spread: 'auto' },
    for: { user: 'ann' },
    window: 'day',
  });
  assert.equal(saysSomething(NO_CHANGE), false);
  assert.equal(saysSomething(form), true);
});

test('places are said by band', () => {
  const { change } = whatIfOf({ ...NO_CHANGE, places_low: '40' }, { user: '', job_type: '', target: '' }, 'day');
  assert.deepEqual(change, { places: { low: 40 } });
});

test('a user of digits is a user, and a number that is none goes as typed', () => {
  const body = whatIfOf({ ...NO_CHANGE, shards: 'many' }, { user: '007', job_type: '', target: '' }, 'hour');
  assert.deepEqual(body, { change: { shards: 'many' }, for: { user: '007' }, window: 'hour' });
});

test('a difference is told as a share of what was', () => {
  assert.equal(differenceWords(5000, 800), '−84 %');
  assert.equal(differenceWords(10, 25), '+150 %');
  assert.equal(differenceWords(0, 3), 'from none');
  assert.equal(differenceWords(4, 4), 'unchanged');
  assert.equal(differenceWords(10000, 10001), 'hardly changed');
});
