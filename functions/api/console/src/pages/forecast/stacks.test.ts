import assert from 'node:assert/strict';
import test from 'node:test';
import type { ForecastMinute } from './shape';
import { stacksOf } from './stacks';

const minute = (seconds: ForecastMinute['seconds']) => ({ seconds }) as ForecastMinute;

test('the largest group stands lowest, and bars are as high as their seconds are busy', () => {
  const stacks = stacksOf(
    minute([
      { starts: 10, groups: [{ key: 'sql', starts: 2 }, { key: 'http', starts: 5 }] },
      { starts: 1, groups: [{ key: 'http', starts: 1 }] },
    ]),
  );
  assert.deepEqual(stacks, [
    { key: 'http', counts: [5, 1] },
    { key: 'sql', counts: [2, 0] },
    { key: null, counts: [3, 0] },
  ]);
});

test('more groups than colours become one rest', () => {
  const groups = Array.from({ length: 9 }, (_, index) => ({ key: `user-${index}`, starts: index + 1 }));
  const stacks = stacksOf(minute([{ starts: 45, groups }]));
  assert.equal(stacks.length, 6);
  assert.deepEqual(stacks[5], { key: null, counts: [1 + 2 + 3 + 4] });
});
