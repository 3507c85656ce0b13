// What happens when one's token runs out, when nothing can be reached, and to those whose role lets them only look.

import assert from 'node:assert/strict';
import { after, before } from 'node:test';
import { startBrowser } from './browser.mjs';
import { caller } from './caller.mjs';
import { startSystem } from './system.mjs';
import { walk } from './walk.mjs';

let system, browser, job, shortLived, lasting;

before(async () => {
  [system, browser] = await Promise.all([startSystem(), startBrowser()]);
  const token = system.token({ user: 'ada' });
  const daily = { kind: 'cron', expression: '0 9 * * *' };
  job = await caller(system.base, token).createJob({ name: 'Morning report', job_type: 'echo', payload: {}, schedule: daily });
  lasting = await browser.open(system.base, { token });
  // Opened first: the API lets a token live half a minute beyond its end, for clocks that differ.
  shortLived = await browser.open(system.base, { token: system.token({ user: 'ada', ttlSeconds: 10 }) });
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
