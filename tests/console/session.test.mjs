// What happens when one's token runs out, when nothing can be reached, and to those whose role lets them only look.

import assert from 'node:assert/strict';
import { after, before } from 'node:test';
import { faultsInAllLooks } from './axe.mjs';
import { startBrowser } from './browser.mjs';
import { caller } from './caller.mjs';
import { startSystem } from './system.mjs';
import { walk } from './walk.mjs';

let system, browser, api, job, shortLived, editing, creating, lasting;

before(async () => {
  [system, browser] = await Promise.all([startSystem(), startBrowser()]);
  const token = system.token({ user: 'ada' });
  const daily = { kind: 'cron', expression: '0 9 * * *' };
  api = caller(system.base, token);
  job = await api.createJob({ name: 'Morning report', job_type: 'echo', payload: {}, schedule: daily });
  lasting = await browser.open(system.base, { token });
  // Opened first: the API lets a token live half a minute beyond its end, for clocks that differ.
  const endsSoon = { token: system.token({ user: 'ada', ttlSeconds: 10 }) };
  [editing, creating, shortLived] = await Promise.all([1, 2, 3].map(() => browser.open(system.base, endsSoon)));
  await editing.go(`/jobs/${job.id}/edit`);
  await editing.page.getByLabel('Expression').fill('30 7 * * *');
  await creating.go('/jobs/new');
  await creating.page.getByLabel('Name', { exact: true }).fill('Evening report');
  await shortLived.go(`/jobs/${job.id}?show=versions`);
  await shortLived.page.getByRole('heading', { name: 'Morning report' }).waitFor();
});
after(async () => {
  await browser?.end();
  await system?.end();
});

walk('a lost connection is said above what was shown, which stays; it is tried again by itself', () => lasting, async ({ page, go, context }) => {
  await go('/jobs');
  await page.getByRole('link', { name: 'Morning report' }).waitFor();
  await context.setOffline(true);
  const banner = page.getByText('The API cannot be reached.');
  await banner.waitFor();
  assert.equal(await page.getByRole('link', { name: 'Morning report' }).isVisible(), true);
  await context.setOffline(false);
  await banner.waitFor({ state: 'detached' });
});

walk('what a viewer may not do is not offered', () => browser.open(system.base, { token: system.token({ user: 'ada', role: 'viewer' }) }), async ({ page, go }) => {
  await go('/jobs');
  await page.getByRole('link', { name: 'Morning report' }).click();
  await page.getByRole('heading', { name: 'Morning report' }).waitFor();
  assert.equal(await page.getByRole('button', { name: /Pause|Run now/ }).count(), 0);
  assert.equal(await page.getByRole('link', { name: 'Edit' }).count(), 0);
  assert.equal(await page.getByRole('link', { name: 'Admin' }).count(), 0);
});

walk('a link with a token signs one in, and does not leave the token in the address', () => browser.open(system.base), async ({ page, go }) => {
  await go(`/jobs#token=${system.token({ user: 'ada' })}`);
  await page.getByRole('link', { name: 'Morning report' }).waitFor();
  assert.equal(new URL(page.url()).hash, '');
});

walk('a token that has run out leads to the sign-in, and a new one back to where one was', () => shortLived, async ({ page }) => {
  await page.getByText('Your token was refused').waitFor({ timeout: 90_000 });
  await page.getByLabel('Token').fill(system.token({ user: 'ada' }));
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.getByRole('heading', { name: 'Morning report' }).waitFor();
  assert.equal(page.url(), `${system.base}/console/jobs/${job.id}?show=versions`);
  await page.getByText('Version 1').waitFor();
});

walk('what one had typed when the token ran out is back once one has signed in again, and is saved over nothing that came later', () => editing, async ({ page }) => {
  await page.getByRole('button', { name: 'Review the changes' }).click();
  await page.getByText('Your token was refused').waitFor();
  const { definition } = await api.get(`/jobs/${job.id}/versions/1`);
  await api.put(`/jobs/${job.id}`, { ...definition, timeout_seconds: 77 }, 1);

  await signIn(page, 'ada');
  await page.getByText('What you had typed before your token was refused is back.').waitFor();
  assert.equal(await page.getByLabel('Expression').inputValue(), '30 7 * * *');
  assert.deepEqual(await faultsInAllLooks(page), []);
  assert.deepEqual(await page.evaluate(() => Object.keys(localStorage)), []);

  await page.getByRole('button', { name: 'Review the changes' }).click();
  await page.getByRole('button', { name: 'Save' }).click();
  const overtaken = page.getByRole('dialog', { name: 'Somebody changed it meanwhile' });
  await overtaken.getByRole('button', { name: 'Put mine on top of theirs' }).click();
  await page.getByRole('button', { name: 'Review the changes' }).click();
  await page.getByRole('button', { name: 'Save' }).click();
  await page.getByText('“Morning report” is changed.').waitFor();
  const saved = await api.get(`/jobs/${job.id}/versions/3`);
  assert.deepEqual([saved.definition.schedule.expression, saved.definition.timeout_seconds], ['30 7 * * *', 77]);
  assert.equal(await keptIn(page), null);
});

walk('what one had typed is not there for somebody else who signs in, and leaves nothing in the tab', () => creating, async ({ page }) => {
  await page.getByRole('button', { name: 'Create the job' }).click();
  await page.getByText('Your token was refused').waitFor();
  assert.match(await keptIn(page), /Evening report/);
  await signIn(page, 'bob');
  assert.equal(await page.getByLabel('Name', { exact: true }).inputValue(), '');
  assert.equal(await page.getByText('is back').count(), 0);
  assert.equal(await keptIn(page), null);
});

walk('what is back and not wanted is discarded, and stays away', () => browser.open(system.base, { token: system.token({ user: 'ada' }) }), async ({ page, go }) => {
  await go('/jobs/new');
  const name = page.getByLabel('Name', { exact: true });
  await name.fill('Evening report');
  await page.route('**/v1/jobs', (route) => route.fulfill({ status: 401, json: { title: 'Unauthorized' } }), { times: 1 });
  await page.getByRole('button', { name: 'Create the job' }).click();
  await page.getByText('Your token was refused').waitFor();
  await signIn(page, 'ada');
  await page.getByRole('button', { name: 'Discard it' }).click();
  await page.getByText('is back').waitFor({ state: 'detached' });
  assert.equal(await name.inputValue(), '');
  assert.equal(await keptIn(page), null);
  await page.reload();
  await name.waitFor();
  assert.equal(await name.inputValue(), '');
});

const keptIn = (page) => page.evaluate(() => sessionStorage.getItem('punctual.drafts'));

async function signIn(page, user) {
  await page.getByLabel('Token').fill(system.token({ user }));
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.getByRole('heading', { name: 'Next fire times' }).waitFor();
}
