import assert from 'node:assert/strict';
import { test } from 'node:test';
import { cellAt, greatest, levelBounds, levelOf, levelWords, move, LEVELS } from './heat';

test('levels rise by a factor, so that a herd does not hide the small minutes', () => {
  const bounds = levelBounds(5012);
  assert.deepEqual(bounds, [1, 3, 10, 50, 200, 1000]);
  assert.equal(levelOf(0, bounds), 0);
  assert.equal(levelOf(1, bounds), 1);
  assert.equal(levelOf(2, bounds), 1);
  assert.equal(levelOf(5012, bounds), LEVELS);
});

test('every count up to the greatest has a level, and no level is empty of counts', () => {
  for (let max = 0; max < 3000; max += 7) {
    const bounds = levelBounds(max);
    for (let index = 1; index < bounds.length; index += 1) {
      assert.ok((bounds[index] ?? 0) > (bounds[index - 1] ?? 0), `rising for ${max}`);
    }
    assert.ok(
      bounds.every((bound) => bound <= max),
      `within ${max}`,
    );
    if (max > 0) assert.equal(levelOf(max, bounds), LEVELS);
  }
});

test('levels are told in words without gaps', () => {
  assert.deepEqual(
    levelWords(levelBounds(5012)).map((level) => level.words),
    ['none', '1 to 2', '3 to 9', '10 to 49', '50 to 199', '200 to 999', '1,000 and more'],
  );
  assert.deepEqual(levelWords([]), [{ level: 0, words: 'none' }]);
});

test('the cursor stays on cells that have a value', () => {
  const grid = { columns: 3, values: [null, 1, 2, 3, 4, 5, 6, null, null] };
  assert.equal(move(grid, 1, 'ArrowLeft'), 1);
  assert.equal(move(grid, 1, 'ArrowDown'), 4);
  assert.equal(move(grid, 4, 'ArrowDown'), 4);
  assert.equal(move(grid, 2, 'ArrowRight'), 3);
  assert.equal(move(grid, 2, 'Home'), 1);
  assert.equal(move(grid, 6, 'End'), 6);
  assert.equal(move(grid, 4, 'PageUp'), 1);
  assert.equal(move(grid, 1, 'PageDown'), 6);
  assert.equal(move(grid, 1, 'a'), null);
});

test('a point finds its cell, and none beside them', () => {
  const grid = { columns: 2, values: [1, 2, 3, null] };
  const layout = { left: 10, top: 5, cellWidth: 20, cellHeight: 10 };
  assert.equal(cellAt(grid, layout, 11, 6), 0);
  assert.equal(cellAt(grid, layout, 31, 6), 1);
  assert.equal(cellAt(grid, layout, 11, 16), 2);
  assert.equal(cellAt(grid, layout, 31, 16), null);
  assert.equal(cellAt(grid, layout, 9, 6), null);
  assert.equal(cellAt(grid, layout, 51, 6), null);
  assert.equal(cellAt(grid, layout, 11, 27), null);
});

test('the greatest of nothing is nothing', () => {
  assert.equal(greatest([null, null]), 0);
  assert.equal(greatest([null, 4, 2]), 4);
});
