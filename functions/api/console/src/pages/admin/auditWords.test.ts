import assert from 'node:assert/strict';
import test from 'node:test';
import { jobOf, mostOfWhom, sentenceOf } from './auditWords';

const job = { kind: 'job', id: 'j1' } as const;
const execution = { kind: 'execution', id: 'j1_20261128T120000Z' } as const;
const service = { kind: 'service' } as const;

test('a change is told as a sentence about its thing', () => {
  const told = (action: Parameters<typeof sentenceOf>[0]['action'], subject: Parameters<typeof sentenceOf>[0]['subject']) => {
    const { did, to, rest = '' } = sentenceOf({ action, subject });
    return `${did} ${to} …${rest}`;
  };
  assert.equal(told('pause', job), 'paused the job …');
  assert.equal(told('auto_pause', job), 'paused the job …, for it failed too often');
  assert.equal(told('run_now', execution), 'ran the job … at once');
  assert.equal(told('discard', execution), 'discarded an execution of …');
  assert.equal(told('reconcile', service), 'reconciled the service …');
});

test('an execution is one of its job', () => {
  assert.deepEqual([job, execution, service].map((subject) => jobOf({ subject })), ['j1', 'j1', undefined]);
});

test('names are asked for of whom most of the changes are', () => {
  const of = (owner: string) => ({ owner, subject: job });
  assert.equal(mostOfWhom([of('ann'), of('bob'), of('bob'), { owner: 'punctual', subject: service }]), 'bob');
  assert.equal(mostOfWhom([{ owner: 'punctual', subject: service }]), undefined);
});
