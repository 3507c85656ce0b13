import assert from 'node:assert/strict';
import { test } from 'node:test';
import { drainMinutes, lagWords, levelWords } from './words';

test('a scanner below zero is ahead', () => {
  assert.equal(lagWords(-288_000), '4 min 48 s ahead');
  assert.equal(lagWords(61_000), '61 s behind');
});

test('a level that this console does not know is shown, not hidden', () => {
  assert.equal(levelWords('calm').tone, 'good');
  assert.equal(levelWords('new_level').title, 'new_level');
});

test('a band without capacity has no time in which it drains', () => {
  assert.equal(drainMinutes({ ready: 30, capacity_per_minute: 60 }), 0.5);
  assert.equal(drainMinutes({ ready: 30, capacity_per_minute: 0 }), null);
});
