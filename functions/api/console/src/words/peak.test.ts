import assert from 'node:assert/strict';
import test from 'node:test';
import { peakWords } from './peak';

test('a peak is told by its size and by what most of it have in common', () => {
  const cadences = [
    { cadence: 'hourly', starts: 4_250 },
    { cadence: 'daily', starts: 762 },
  ];
  assert.equal(peakWords({ starts: 5_012, cadences }), '5,012 starts, 84 % hourly');
});

test('two numbers do not stand in a row', () => {
  assert.equal(peakWords({ starts: 3, cadences: [{ cadence: '4 times a day', starts: 2 }] }), '3 starts, 66 % of them 4 times a day');
});

test('a single start has no plural', () => {
  assert.equal(peakWords({ starts: 1, cadences: [] }), '1 start');
});
