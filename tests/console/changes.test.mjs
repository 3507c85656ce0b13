// What one changes of a job, and takes back; and what is asked before something that cannot be taken back.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { startBrowser } from './browser.mjs';
import { caller } from './caller.mjs';
import { startSystem } from './system.mjs';
import { badge, walk } from './walk.mjs';

let system, browser, api, job, window;
const ada = () => window;

before(async () => {
  [system, browser] = await Promise.all([startSystem(), startBrowser()]);
  const token = system.token({ user: 'ada' });
  api = caller(system.base, token);
  const daily = { kind: 'cron', expression: '0 9 * * *', timezone: 'Europe/Berlin' };
  job = await api.createJob({ name: 'Morning report', job_type: 'echo', payload: { report: 'sales' }, schedule: daily });
  window = await browser.open(system.base, { token });
});
after(async () => {
  await browser?.end();
  await system?.end();
});

const stateNow = async () => (await api.get(`/jobs/${job.id}`)).status;

walk('a job is paused, resumed by the undo of the notice, and paused again where it is listed', ada, async ({ page, go }) => {
  await go(`/jobs/${job.id}`);
  await page.getByRole('button', { name: 'Pause', exact: true }).click();
  await page.getByText('“Morning report” is paused').waitFor();
  await badge(page, 'paused').waitFor();
  assert.equal(await stateNow(), 'paused');

  await page.getByRole('region', { name: 'Notices' }).getByRole('button', { name: 'Resume' }).click();
  await badge(page, 'active').waitFor();
  assert.equal(await stateNow(), 'active');

  await page.getByRole('link', { name: 'Jobs', exact: true }).click();
  const row = page.getByRole('row', { name: 'Morning report' });
  await row.getByRole('button', { name: 'Pause' }).click();
  await badge(row, 'paused').waitFor();
  await row.getByRole('button', { name: 'Resume' }).click();
  await badge(row, 'active').waitFor();
});

walk('the next fire time is skipped, and the skip is taken back', ada, async ({ page, go }) => {
  await go(`/jobs/${job.id}`);
  await page.getByRole('button', { name: 'More to do with this job' }).click();
  await page.getByRole('button', { name: 'Skip the next fire time' }).click();
  await page.getByRole('button', { name: 'Take back' }).waitFor();
  assert.equal((await api.get(`/jobs/${job.id}`)).skips.length, 1);
  await page.getByRole('button', { name: 'Take back' }).click();
  await page.getByRole('button', { name: 'Take back' }).waitFor({ state: 'detached' });
  assert.deepEqual((await api.get(`/jobs/${job.id}`)).skips, []);
});

walk('an edit shows what it changes before it is saved, and is undone', ada, async ({ page, go }) => {
  await go(`/jobs/${job.id}`);
  await page.getByRole('link', { name: 'Edit', exact: true }).click();
  await page.getByLabel('Expression').fill('30 7 * * *');
  await page.getByRole('button', { name: 'Review the changes' }).click();
  const review = page.getByRole('dialog', { name: 'What changes of “Morning report”' });
  await review.getByText('0 9 * * *').first().waitFor();
  await review.getByText('30 7 * * *').first().waitFor();
  assert.equal((await api.get(`/jobs/${job.id}`)).schedule.expression, '0 9 * * *', 'nothing is saved yet');
  await review.getByRole('button', { name: 'Save' }).click();
  await page.getByText('“Morning report” is changed.').waitFor();
  assert.equal((await api.get(`/jobs/${job.id}`)).schedule.expression, '30 7 * * *');

  await page.getByRole('button', { name: 'Undo' }).click();
  await page.getByText('“Morning report” is changed.').waitFor({ state: 'detached' });
  assert.equal((await api.get(`/jobs/${job.id}`)).schedule.expression, '0 9 * * *');
});

walk('what somebody else changed meanwhile is shown, and kept when one’s own is put on top of it', ada, async ({ page, go }) => {
  await go(`/jobs/${job.id}/edit`);
  await page.getByLabel('Priority').selectOption('2');

  const { definition, version } = await current();
  await api.put(`/jobs/${job.id}`, { ...definition, timeout_seconds: 77 }, version);

  await page.getByRole('button', { name: 'Review the changes' }).click();
  await page.getByRole('button', { name: 'Save' }).click();
  const overtaken = page.getByRole('dialog', { name: 'Somebody changed it meanwhile' });
  await overtaken.getByText('timeout_seconds').waitFor();
  assert.equal((await current()).definition.priority ?? 5, 5, 'nothing of ours is saved');

  await overtaken.getByRole('button', { name: 'Put mine on top of theirs' }).click();
  await page.getByRole('button', { name: 'Review the changes' }).click();
  await page.getByRole('button', { name: 'Save' }).click();
  await page.getByText('“Morning report” is changed.').waitFor();
  const merged = (await current()).definition;
  assert.deepEqual([merged.priority, merged.timeout_seconds], [2, 77]);
});

async function current() {
  const { version } = await api.get(`/jobs/${job.id}`);
  return api.get(`/jobs/${job.id}/versions/${version}`);
}

walk('a job is deleted only once it is said what that does and to how many', ada, async ({ page, go }) => {
  await go('/jobs');
  await page.getByRole('button', { name: 'More to do with Morning report' }).click();
  await page.getByRole('button', { name: 'Delete…' }).click();
  const question = page.getByRole('dialog', { name: 'Delete “Morning report”?' });
  await question.getByText('One job is deleted.').waitFor();
  await question.getByText('the deletion cannot be taken back').waitFor();
  await page.keyboard.press('Escape');
  await question.waitFor({ state: 'detached' });
  assert.equal(await stateNow(), 'active');

  await page.getByRole('button', { name: 'More to do with Morning report' }).click();
  await page.getByRole('button', { name: 'Delete…' }).click();
  await question.getByRole('button', { name: 'Delete the job' }).click();
  await page.getByText('“Morning report” is deleted.').waitFor();
  await page.getByText('You have no jobs yet.').waitFor();
  assert.equal(await stateNow(), 'canceled');
});

test('the browser had nothing to complain of, but for the one answer that was to be refused', () => {
  assert.deepEqual(window.complaints.filter((text) => !text.includes('status of 412')), []);
});
