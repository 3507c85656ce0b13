import assert from 'node:assert/strict';
import test from 'node:test';
import { mergeParts } from './paged';

const merged = (first: string[], further: string[]) => mergeParts(first, further, (id) => id);

test('a fresh first part stands before what was loaded further on', () => {
  assert.deepEqual(merged(['d', 'c'], ['b', 'a']), ['d', 'c', 'b', 'a']);
});

test('what has moved into the first part is not shown twice', () => {
  assert.deepEqual(merged(['b', 'd'], ['b', 'a']), ['b', 'd', 'a']);
});
