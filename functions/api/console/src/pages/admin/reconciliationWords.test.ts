import assert from 'node:assert/strict';
import test from 'node:test';
import { mendedWords, verdict } from './reconciliationWords';

type Reconciliation = Parameters<typeof mendedWords>[0];

const found = (change: Partial<Reconciliation>) =>
  ({ clean: true, cut_short: false, missing: 0, stalled: 0, unproven: 0, resent: 0, chains_repaired: 0, chains_unchecked: 0, ...change }) as Reconciliation;

test('a clean one says so, and nothing else', () => {
  assert.equal(verdict(found({})).tone, 'good');
  assert.equal(mendedWords(found({})), 'nothing to mend');
});

test('what was amiss is said with what was done about it', () => {
  const one = found({ clean: false, missing: 2, resent: 2, chains_repaired: 1 });
  assert.equal(verdict(one).tone, 'bad');
  assert.equal(mendedWords(one), '2 missing, 2 sent again, 1 chain repaired');
});

test('one that was cut short is not called clean', () => {
  assert.equal(verdict(found({ cut_short: true })).word, 'cut short');
});
