import assert from 'node:assert/strict';
import test from 'node:test';
import { layOut } from './graphLayout';

const node = (id: string, ...after: string[]) => ({ id, after });
const columns = (...nodes: { id: string; after: string[] }[]) => Object.fromEntries(layOut(nodes).map(({ id, column }) => [id, column]));

test('each stands behind all that it runs after', () => {
  assert.deepEqual(columns(node('load'), node('sums', 'load'), node('mail', 'load', 'sums')), { load: 0, sums: 1, mail: 2 });
});

test('what is not shown holds no place', () => {
  assert.deepEqual(columns(node('mail', 'elsewhere')), { mail: 0 });
});

test('lines that need not cross do not', () => {
  const placed = layOut([node('a'), node('b'), node('x', 'b'), node('y', 'a')]);
  const row = (id: string) => placed.find((one) => one.id === id)?.row ?? -1;
  assert.equal(row('a') < row('b'), row('y') < row('x'));
});

test('a cycle is laid out all the same', () => {
  assert.equal(layOut([node('a', 'b'), node('b', 'a')]).length, 2);
});
