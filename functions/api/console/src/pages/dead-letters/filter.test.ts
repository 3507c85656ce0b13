import assert from 'node:assert/strict';
import { test } from 'node:test';
import { addressOf, countWords, filterOf, filterWords, manyOf, minutesWords, setIn } from './filter';

test('without a word about it, open letters are meant; any status has to be said', () => {
  assert.equal(filterOf(new URLSearchParams('')).status, 'open');
  assert.equal(filterOf(new URLSearchParams('status=')).status, '');
});

test('a filter survives the address', () => {
  for (const address of [
    '',
    'status=',
    'user=ann&reason=timed_out&status=redriven',
    'job_type=http&from=2026-11-28T08%3A00%3A00Z',
  ]) {
    const filter = filterOf(new URLSearchParams(address));
    assert.deepEqual(filterOf(new URLSearchParams(addressOf(filter))), filter, address);
  }
});

test('what is done to many has the filter without its status', () => {
  const filter = filterOf(new URLSearchParams('user=ann&status=redriven'));
  assert.deepEqual(manyOf(filter), { user: 'ann' });
  assert.equal(filterWords(filter), 'open letters of user ann');
  assert.equal(filterWords(filterOf(new URLSearchParams(''))), 'all open letters within reach');
});

test('a filter is set where it differs from what one comes for', () => {
  assert.equal(setIn(filterOf(new URLSearchParams('status=open'))), 0);
  assert.equal(setIn(filterOf(new URLSearchParams('status=&user=ann'))), 2);
});

test('a count that was cut short says so', () => {
  assert.equal(countWords(1, false), '1 dead letter');
  assert.equal(countWords(5000, true), 'at least 5,000 dead letters');
  assert.equal(minutesWords(61, 60), 'over about 2 minutes');
  assert.equal(minutesWords(60, 60), 'within a minute');
});
