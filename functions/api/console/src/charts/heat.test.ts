import assert from 'node:assert/strict';
import { test } from 'node:test';
import { cellAt, levelBounds, levelOf, levelWords, move, LEVELS } from './heat';

const NIGHT = [2, 3, 0, 3, 4, 8, null, 90, 380, 5012];

test('levels rise by a factor, so that a herd does not hide the small minutes', () => {
  const bounds = levelBounds(NIGHT);
  assert.deepEqual(bounds, [1, 6, 25, 100, 300, 1200]);
  assert.equal(levelOf(0, bounds), 0);
  assert.equal(levelOf(1, bounds), 1);
  assert.equal(levelOf(8, bounds), 2);
  assert.equal(levelOf(5012, bounds), LEVELS);
});

test('where every cell has thousands, thousands are told apart', () => {
  const bounds = levelBounds([500, 4300, 4400, 4500, 4600, 4700, 5500, 6100, 7500, 4400, 4500]);
  assert.notEqual(levelOf(4500, bounds), levelOf(6100, bounds));
  assert.equal(levelOf(500, bounds), 6 - bounds.length + 1);
});

test('every count up to the greatest has a level, and no level is empty of counts', () => {
  for (let max = 0; max < 3000; max += 7) {
    const bounds = levelBounds([max, Math.floor(max / 2), 1]);
    for (let index = 1; index < bounds.length; index += 1) {
      assert.ok((bounds[index] ?? 0) > (bounds[index - 1] ?? 0), `rising for ${max}`);
    }
    assert.ok(
      bounds.every((bound) => bound <= Math.max(1, max)),
      `within ${max}`,
    );
    if (max > 0) assert.equal(levelOf(max, bounds), LEVELS);
  }
});

test('levels are told in words without gaps', () => {
  assert.deepEqual(
    levelWords(levelBounds(NIGHT)).map((level) => level.words),
    ['none', '1 to 5', '6 to 24', '25 to 99', '100 to 299', '300 to 1,199', '1,200 and more'],
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
