import assert from 'node:assert/strict';
import test from 'node:test';
import { stacksOf } from './stacks';

test('the largest group stands lowest, and bars are as high as their seconds are busy', () => {
  const groups = [
    { key: 'sql', seconds: [2, 0] },
    { key: 'http', seconds: [5, 1] },
    { key: 'echo', seconds: [0, 0] },
  ];
  assert.deepEqual(stacksOf([10, 1], groups), [
    { key: 'http', seconds: [5, 1] },
    { key: 'sql', seconds: [2, 0] },
    { key: null, seconds: [3, 0] },
  ]);
});

test('more groups than colours become one rest', () => {
  const groups = Array.from({ length: 9 }, (_, index) => ({ key: `user-${index}`, seconds: [index + 1] }));
  const stacks = stacksOf([45], groups);
  assert.equal(stacks.length, 6);
  assert.deepEqual(stacks[5], { key: null, seconds: [1 + 2 + 3 + 4] });
});
