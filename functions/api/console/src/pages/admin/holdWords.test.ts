import assert from 'node:assert/strict';
import test from 'node:test';
import { type Hold, heldWords, liftWords, releaseWords } from './holdWords';

const hold = (change: Partial<Hold>) => ({ kind: 'target_host', value: 'api.example.com', held: 0, held_is_more: false, ...change }) as Hold;

test('what a hold does is said with how many it touches', () => {
  assert.equal(heldWords(hold({})), 'host api.example.com');
  assert.match(liftWords(hold({ held: 1 })), /^1 execution held/);
  assert.match(liftWords(hold({ held: 5000, held_is_more: true })), /^more than 5,000 executions held/);
  assert.equal(releaseWords(hold({ held: 120 }), 60), '120 are let go over about 2 minutes; what is new joins behind them.');
  assert.match(releaseWords(hold({ held: 5000, held_is_more: true }), 60), /over more than 84 minutes/);
});
