import assert from 'node:assert/strict';
import test, { beforeEach } from 'node:test';
import { dropDraft, dropDraftsOfOthers, keepDraft, keptDraft } from './drafts';

const items = new Map<string, string>();
const sessionStorage = {
  getItem: (name: string) => items.get(name) ?? null,
  setItem: (name: string, value: string) => items.set(name, value),
  removeItem: (name: string) => items.delete(name),
};
Object.assign(globalThis, { window: { sessionStorage } });

beforeEach(() => {
  items.clear();
  keepDraft('/jobs/new', 'ada', { name: 'Report' });
  keepDraft('/jobs/1/edit', 'ada', { name: 'Backup' });
});

test('a draft is kept by its path, for who typed it', () => {
  assert.deepEqual(keptDraft('/jobs/new', 'ada'), { name: 'Report' });
  assert.equal(keptDraft('/jobs/2/edit', 'ada'), undefined);
  assert.equal(keptDraft('/jobs/new', 'bob'), undefined);
});

test('a dropped draft is gone, and the others stay', () => {
  dropDraft('/jobs/new');
  assert.equal(keptDraft('/jobs/new', 'ada'), undefined);
  assert.deepEqual(keptDraft('/jobs/1/edit', 'ada'), { name: 'Backup' });
});

test('nothing of anybody is left in the tab for somebody else, or for nobody', () => {
  dropDraftsOfOthers('ada');
  assert.equal(items.size, 1);
  dropDraftsOfOthers('bob');
  assert.equal(items.size, 0);
});
