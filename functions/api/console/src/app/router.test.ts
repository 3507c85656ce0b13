import assert from 'node:assert/strict';
import test from 'node:test';
import { match } from './router';

test('a pattern gives its parameters', () => {
  assert.deepEqual(match('/jobs/:id/edit', '/jobs/a%20b/edit'), { id: 'a b' });
  assert.deepEqual(match('/', '/'), {});
});

test('another path is no match', () => {
  assert.equal(match('/jobs/:id', '/jobs'), undefined);
  assert.equal(match('/jobs/:id', '/jobs/'), undefined);
  assert.equal(match('/jobs/:id', '/jobs/1/edit'), undefined);
});

test('a path that cannot be decoded is no match', () => {
  assert.equal(match('/jobs/:id', '/jobs/%E0%A4%A'), undefined);
});
