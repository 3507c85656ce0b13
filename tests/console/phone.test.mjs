// What is different where there is little room.

import assert from 'node:assert/strict';
import { after, before } from 'node:test';
import { faultsInAllLooks } from './axe.mjs';
import { DESKTOP, PHONE, startBrowser } from './browser.mjs';
import { startSystem } from './system.mjs';
import { walk } from './walk.mjs';

let system, browser, token;
const phone = () => browser.open(system.base, { token, size: PHONE });

before(async () => {
  [system, browser] = await Promise.all([startSystem(), startBrowser()]);
  token = system.token({ user: 'ada' });
});
after(async () => {
  await browser?.end();
  await system?.end();
});

walk('the filters of the dead letters are folded on a phone, and unfold at a tap', phone, async ({ page, go }) => {
  await go('/dead-letters');
  const type = page.getByLabel('Job type');
  await page.getByText('Nothing waits for a person').waitFor();
  assert.equal(await type.isVisible(), false);
  await page.getByText('Filters', { exact: true }).click();
  await type.fill('http');
  await type.press('Enter');
  await page.getByText('Filters, 1 set').waitFor();
  assert.equal(await type.isVisible(), true);
  assert.deepEqual(await faultsInAllLooks(page), []);
});

walk('the filters are open where one is set, and where there is room', phone, async ({ page, go }) => {
  await go('/dead-letters?job_type=http');
  const type = page.getByLabel('Job type');
  await type.waitFor();
  await page.getByText('Filters, 1 set').click();
  await type.waitFor({ state: 'hidden' });
  await page.setViewportSize(DESKTOP);
  await type.waitFor();
  assert.equal(await page.getByText('Filters, 1 set').isVisible(), false);
  await page.setViewportSize(PHONE);
  await type.waitFor({ state: 'hidden' });
});

walk('the key that leads to the filter unfolds it', phone, async ({ page, go }) => {
  await go('/dead-letters');
  await page.getByText('Nothing waits for a person').waitFor();
  await page.keyboard.press('/');
  assert.equal(await page.evaluate(() => document.activeElement?.getAttribute('name')), 'job_type');
  await page.getByLabel('Job type').waitFor();
});
