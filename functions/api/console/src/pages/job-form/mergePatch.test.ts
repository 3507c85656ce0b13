import assert from 'node:assert/strict';
import test from 'node:test';
import { applyPatch, changes, equal, mergePatch } from './mergePatch';

test('what is gone is null, what is new is itself, what stays is left out', () => {
  assert.deepEqual(mergePatch({ a: 1, b: { c: 1, d: 2 }, e: [1] }, { b: { c: 1, d: 3 }, e: [1], f: 'x' }), { a: null, b: { d: 3 }, f: 'x' });
});

test('nothing changed is no patch', () => {
  assert.equal(mergePatch({ a: { b: [1, { c: 2 }] } }, { a: { b: [1, { c: 2 }] } }), undefined);
});

test('lists are replaced whole', () => {
  assert.deepEqual(mergePatch({ a: [1, 2] }, { a: [2] }), { a: [2] });
});

test('each change is named by its path', () => {
  assert.deepEqual(changes({ a: { b: 1 }, c: 2 }, { a: { b: 2 }, d: 3 }), [
    { path: 'a.b', before: 1, after: 2 },
    { path: 'c', before: 2, after: undefined },
    { path: 'd', before: undefined, after: 3 },
  ]);
});

test('the order of members does not matter, that of items does', () => {
  assert.equal(equal({ a: 1, b: 2 }, { b: 2, a: 1 }), true);
  assert.equal(equal([1, 2], [2, 1]), false);
  assert.equal(equal({ a: undefined }, { b: undefined }), false);
});

test('a patch makes the one of the other, and leaves alone what a third changed', () => {
  const before = { a: 1, b: { c: 1, d: 2 } };
  const mine = { a: 1, b: { c: 9 } };
  assert.deepEqual(applyPatch(before, mergePatch(before, mine)), mine);
  assert.deepEqual(applyPatch({ a: 7, b: { c: 1, d: 2 }, e: 5 }, mergePatch(before, mine)), { a: 7, b: { c: 9 }, e: 5 });
});
