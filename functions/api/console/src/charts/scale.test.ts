import assert from 'node:assert/strict';
import { test } from 'node:test';
import { labelEvery, short, ticks } from './scale';

test('ticks are round, start at nothing and reach the greatest value', () => {
  assert.deepEqual(ticks(5012, 4), [0, 2000, 4000, 6000]);
  assert.deepEqual(ticks(3, 4), [0, 1, 2, 3]);
  assert.deepEqual(ticks(0, 4), [0]);
});

test('counts are shortened only where they are long', () => {
  assert.deepEqual([0, 999, 1000, 1250, 15_400, 3_400_000].map(short), ['0', '999', '1k', '1.3k', '15k', '3.4M']);
});

test('labels leave room for each other', () => {
  assert.equal(labelEvery(60, 900, 15), 1);
  assert.equal(labelEvery(60, 300, 40), 10);
  assert.equal(labelEvery(60, 30, 40), 60);
});
