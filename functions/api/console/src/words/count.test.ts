import assert from 'node:assert/strict';
import test from 'node:test';
import { bytes, count, dollars, percent } from './count';

test('one is singular, all else plural', () => {
  assert.equal(count(1, 'job'), '1 job');
  assert.equal(count(5_012, 'job'), '5,012 jobs');
  assert.equal(count(0, 'reply', 'replies'), '0 replies');
});

test('sizes', () => {
  assert.deepEqual([512, 3_400, 1_200_000].map(bytes), ['512 B', '3.4 kB', '1.2 MB']);
});

test('small sums keep the digits that say something', () => {
  assert.deepEqual([0, 1.5, 0.25, 0.000012].map(dollars), ['$0', '$1.50', '$0.25', '$0.000012']);
});

test('a share is never rounded up to all or down to nothing', () => {
  assert.deepEqual([0, 0.0001, 0.5, 0.99999, 1].map(percent), ['0 %', '< 0.1 %', '50 %', '> 99.9 %', '100 %']);
});
