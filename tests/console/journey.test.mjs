// A person's first quarter of an hour: a job, its first run, its first failure, and how that is mended.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { startBrowser } from './browser.mjs';
import { startSystem } from './system.mjs';
import { startTarget } from './target.mjs';
import { badge, walk } from './walk.mjs';

let system, browser, target, window;
const ada = () => window;

before(async () => {
  [system, browser, target] = await Promise.all([startSystem(), startBrowser(), startTarget()]);
  window = await browser.open(system.base);
});
after(async () => {
  await browser?.end();
  await Promise.all([system?.end(), target?.end()]);
});

walk('who is not signed in is asked for a token, sees what it claims, and gets the page that they came for', ada, async ({ page, go }) => {
  await go('/jobs');
  await page.getByLabel('Token').fill('no token at all');
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.getByText('This is no token').waitFor();

  await page.getByLabel('Token').fill(system.token({ user: 'ada', role: 'user' }));
  await page.getByText('ada', { exact: true }).waitFor();
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.getByText('You have no jobs yet.').waitFor();
  assert.equal(new URL(page.url()).pathname, '/console/jobs');
});

walk('a job is created by the form: its times are previewed, what is wrong stands beside its field, then it fires before one’s eyes', ada, async ({ page }) => {
  await page.getByRole('link', { name: 'Create the first' }).click();
  await page.getByRole('button', { name: 'Every …' }).click();
  const every = page.getByLabel('Every', { exact: true });
  await every.fill('0');
  await page.locator('.field.invalid', { hasText: 'Every' }).locator('.problem').waitFor();
  assert.equal(await every.getAttribute('aria-invalid'), 'true');
  await every.fill('10');
  await page.getByLabel('Unit').selectOption('seconds');
  const preview = page.getByRole('region', { name: 'What it would do' });
  await preview.getByText('Next fire times').waitFor();
  assert.equal(await preview.locator('.fire-times li').count(), 10);

  await page.getByLabel('Type').selectOption('echo');
  await page.getByRole('button', { name: 'Create the job' }).click();
  const name = page.getByLabel('Name', { exact: true });
  await page.locator('.field.invalid', { hasText: 'Name' }).locator('.problem').waitFor();
  assert.equal(await name.evaluate((control) => control === document.activeElement), true, 'the focus is on what is wrong');
  await name.fill('Heartbeat');
  await page.getByRole('button', { name: 'Create the job' }).click();

  await page.getByRole('heading', { name: 'Heartbeat' }).waitFor();
  // Nothing is loaded anew: the page's own polling has to bring it.
  await page.evaluate(() => (globalThis.sameDocument = true));
  await badge(page.getByRole('table', { name: 'Executions' }), 'succeeded').first().waitFor();
  assert.equal(await page.evaluate(() => globalThis.sameDocument), true);
});

walk('a job that fails is found among the dead letters, looked into, redriven, and has then succeeded', ada, async ({ page }) => {
  target.status = 500;
  await page.getByRole('link', { name: 'Jobs', exact: true }).click();
  await page.getByRole('link', { name: 'New job' }).click();
  await page.getByLabel('Name', { exact: true }).fill('Bill the customers');
  await page.getByLabel('Type').selectOption('http');
  await page.getByRole('button', { name: 'Form', exact: true }).click();
  await page.getByLabel('Address').fill(target.url);
  await page.getByRole('button', { name: 'Once', exact: true }).click();
  await page.getByLabel('Time zone').fill('UTC');
  const soon = new Date(Date.now() + 15_000).toISOString().slice(0, 19);
  await page.getByLabel('At', { exact: true }).fill(soon);
  await page.getByLabel('Retries').fill('0');
  await page.getByRole('button', { name: 'Create the job' }).click();
  await page.getByRole('heading', { name: 'Bill the customers' }).waitFor();
  await badge(page.getByRole('table', { name: 'Executions' }), 'dead').waitFor();
  assert.equal(target.asked, 1);

  await page.getByRole('link', { name: 'Dead letters' }).click();
  await page.getByRole('table', { name: 'Dead letters' }).getByRole('link', { name: 'Bill the customers' }).click();
  const letter = page.getByRole('dialog');
  await letter.getByText('the target answered 500').first().waitFor();
  await letter.getByText(target.url).waitFor();

  target.status = 200;
  await letter.getByRole('button', { name: 'Redrive' }).click();
  await page.getByText('Redriven: it is given one more attempt now.').waitFor();
  await letter.getByRole('link', { name: 'The execution' }).click();
  await page.getByRole('heading', { name: 'Bill the customers' }).waitFor();
  await badge(page, 'succeeded').first().waitFor();
  await page.getByText('answered 200').waitFor();
  assert.equal(target.asked, 2);

  await page.getByRole('link', { name: 'Dead letters' }).click();
  await page.getByText('Nothing waits for a person').waitFor();
});

test('the browser had nothing to complain of, but for what the API refused', () => {
  // The form asks as one types, and is answered 400 for what is no schedule yet: browsers log that.
  assert.deepEqual(window.complaints.filter((text) => !/status of 4(00|22)/.test(text)), []);
});
