import assert from 'node:assert/strict';
import test from 'node:test';
import { may, readToken } from './session';

const token = (claims: object) => `e30.${Buffer.from(JSON.stringify(claims)).toString('base64url')}.sig`;

test('a token tells its user, role and end', () => {
  const read = readToken(` ${token({ sub: 'zoë', punctual_role: 'operator', exp: 1_800_000_000 })}\n`);
  assert.equal(read?.user, 'zoë');
  assert.equal(read?.role, 'operator');
  assert.equal(read?.expiresAt, 1_800_000_000_000);
});

test('what is no token is none', () => {
  for (const text of ['', 'abc', 'a.b.c', `e30.${btoa('null')}.x`]) assert.equal(readToken(text), undefined);
});

test('a role that is not exactly one of the names is unknown, and is offered everything', () => {
  const read = readToken(token({ sub: 'me', punctual_role: 'Admin' }));
  assert.equal(read?.role, undefined);
  assert.equal(may(read, 'admins'), true);
});

test('a role may do what is its own', () => {
  const as = (role: string) => readToken(token({ sub: 'me', punctual_role: role }));
  assert.equal(may(as('viewer'), 'writers'), false);
  assert.equal(may(as('user'), 'writers'), true);
  assert.equal(may(as('user'), 'keepers'), false);
  assert.equal(may(as('operator'), 'admins'), false);
  assert.equal(may(undefined, 'everyone'), false);
});
