// What holds for every page: axe finds nothing (WCAG 2 A and AA), nothing sticks out at the width of a phone, and neither the
// browser nor its content security policy complains. And: a job is created without a mouse.

import assert from 'node:assert/strict';
import { after, before } from 'node:test';
import { faultsInAllLooks, violations } from './axe.mjs';
import { DESKTOP, startBrowser } from './browser.mjs';
import { PAGES, show } from './pages.mjs';
import { seed } from './seed.mjs';
import { startSystem } from './system.mjs';
import { walk } from './walk.mjs';

let system, browser, seeded, token, window;

before(async () => {
  [system, browser] = await Promise.all([startSystem(), startBrowser()]);
  seeded = await seed(system);
  token = system.token({ user: 'me', role: 'admin' });
  window = await browser.open(system.base, { token });
});
after(async () => {
  await browser?.end();
  await Promise.all([system?.end(), seeded?.end()]);
});

for (const one of PAGES) {
  walk(`the page “${one.name}” is fit for everybody, on a desktop and a phone, light and dark`, () => window, async ({ page, go, complaints }) => {
    await page.setViewportSize(DESKTOP);
    await show({ page, go }, one, seeded);
    assert.deepEqual([...(await faultsInAllLooks(page)), ...complaints.splice(0)], []);
  });
}

walk('the sign-in, a question and the keys have no fault of accessibility either', () => browser.open(system.base), async ({ page, go, complaints }) => {
  await go('/');
  await page.getByLabel('Token').fill(token);
  await page.getByText('Expires').waitFor();
  assert.deepEqual(await violations(page), []);
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.getByRole('link', { name: 'Jobs', exact: true }).waitFor();
  await page.keyboard.press('?');
  await page.getByRole('dialog', { name: 'Keys' }).waitFor();
  assert.deepEqual(await violations(page), []);
  await page.keyboard.press('Escape');
  await go(`/jobs/${seeded.job}`);
  await page.getByRole('button', { name: 'Run now…' }).click();
  await page.getByRole('dialog').waitFor();
  assert.deepEqual(await violations(page), []);
  assert.deepEqual(complaints, []);
});

walk('a job is created by the keyboard alone', () => browser.open(system.base, { token }), async ({ page, go }) => {
  await go('/');
  await page.getByRole('heading', { name: 'Overview' }).waitFor();
  await page.keyboard.press('Tab');
  assert.equal(await focused(page), 'Skip to the page');
  await page.keyboard.press('Enter');
  assert.equal(await page.evaluate(() => document.activeElement?.id), 'main');

  await page.keyboard.press('g');
  await page.keyboard.press('j');
  await page.getByRole('heading', { name: 'Jobs' }).waitFor();
  await page.keyboard.press('/');
  assert.equal(await page.evaluate(() => document.activeElement?.getAttribute('name')), 'text');
  await page.keyboard.press('Escape');
  await tabTo(page, 'New job', { back: true });
  await page.keyboard.press('Enter');

  await page.getByRole('heading', { name: 'New job' }).waitFor();
  await tabTo(page, 'Name');
  await page.keyboard.type('Made by keys');
  await tabTo(page, 'Type');
  await page.keyboard.type('echo');
  await tabTo(page, 'Every …');
  await page.keyboard.press('Space');
  await tabTo(page, 'Every');
  await page.keyboard.press('ControlOrMeta+a');
  await page.keyboard.type('20');
  await tabTo(page, 'Create the job');
  await page.keyboard.press('Enter');
  await page.getByRole('heading', { name: 'Made by keys' }).waitFor();
  // One is told of the new page by the focus, or still stands within it; never on what is gone.
  assert.equal(await page.evaluate(() => document.querySelector('main')?.contains(document.activeElement)), true);
});

/** What the focus is on, by its name. */
const focused = (page) =>
  page.evaluate(() => {
    const on = document.activeElement;
    return (on?.getAttribute('aria-label') ?? on?.labels?.[0]?.textContent ?? on?.textContent ?? '').trim();
  });

const MOST_STOPS = 80;

async function tabTo(page, name, { back = false } = {}) {
  const passed = [];
  for (let stops = 0; stops < MOST_STOPS; stops += 1) {
    await page.keyboard.press(back ? 'Shift+Tab' : 'Tab');
    const on = await focused(page);
    if (on === name) return;
    passed.push(on);
  }
  throw new Error(`Tab does not come to “${name}”, but to: ${passed.join(' | ')}`);
}
