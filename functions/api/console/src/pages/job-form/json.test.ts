import assert from 'node:assert/strict';
import test from 'node:test';
import { jsonFault } from './json';

test('JSON has no fault', () => {
  assert.equal(jsonFault('{"a": [1, null]}'), undefined);
});

test('a fault is placed by line and column', () => {
  const fault = jsonFault('{\n  "a": 1,\n  b: 2\n}');
  assert.equal(fault?.line, 3);
  assert.equal(fault?.column, 3);
});

test('a text that ends too early is at fault where it ends', () => {
  assert.deepEqual(jsonFault('{"a": '), { line: 1, column: 7, message: 'the text ends too early' });
  assert.equal(jsonFault('')?.message, 'the text ends too early');
});
