import assert from 'node:assert/strict';
import test from 'node:test';
import { placeErrors, readProblem } from './problem';

test('every field of a problem document is kept', () => {
  const problem = readProblem(422, { title: 'No', detail: 'a: wrong', errors: [{ field: 'a', reason: 'wrong' }] }, null, 'r-1');
  assert.deepEqual(problem.errors, [{ field: 'a', reason: 'wrong' }]);
  assert.equal(problem.requestId, 'r-1');
});

test('a document that names one field only gives that one', () => {
  const problem = readProblem(400, { field: 'limit', reason: 'too large' }, null, null);
  assert.deepEqual(problem.errors, [{ field: 'limit', reason: 'too large' }]);
});

test("a gateway's answer becomes a problem as well, with the header's time to come back", () => {
  const problem = readProblem(503, { message: 'Service Unavailable' }, '7', null);
  assert.equal(problem.detail, 'Service Unavailable');
  assert.equal(problem.retryAfterSeconds, 7);
  assert.equal(readProblem(502, '<html>', null, null).title, 'The API answered 502');
});

test('an error goes to the nearest control above its field, and keeps what lies below', () => {
  const placed = placeErrors([{ field: 'payload.headers.X-A', reason: 'is bad' }], ['payload', 'payload.headers']);
  assert.equal(placed.byField.get('payload.headers'), 'X-A: is bad');
  assert.deepEqual(placed.rest, []);
});

test('items of a list belong to its control', () => {
  const placed = placeErrors([{ field: 'after[2]', reason: 'is no id' }], ['after']);
  assert.equal(placed.byField.get('after'), '[2]: is no id');
});

test('two errors of one control are both told', () => {
  const placed = placeErrors([{ field: 'name', reason: 'is long' }, { field: 'name', reason: 'is odd' }], ['name']);
  assert.equal(placed.byField.get('name'), 'is long; is odd');
});

test('an error that no control is near is not lost', () => {
  const placed = placeErrors([{ field: 'nameless', reason: 'is new' }], ['name']);
  assert.deepEqual(placed.rest, [{ field: 'nameless', reason: 'is new' }]);
});
