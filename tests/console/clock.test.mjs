// On which clock times are told. Where these windows stand, it differs from UTC in its minutes, too.

import assert from 'node:assert/strict';
import { after, before } from 'node:test';
import { startBrowser } from './browser.mjs';
import { caller, eventually } from './caller.mjs';
import { startSystem } from './system.mjs';
import { walk } from './walk.mjs';

const ZONE = 'Asia/Kolkata';
let system, browser, peak, token;
const inKolkata = () => browser.open(system.base, { token, timezone: ZONE });

before(async () => {
  [system, browser] = await Promise.all([startSystem(), startBrowser()]);
  token = system.token({ user: 'ada' });
  const api = caller(system.base, token);
  // Anything but now, so that it is still ahead when it is looked at; an even one, as the axis has.
  const minute = 2 * Math.floor(((new Date().getUTCMinutes() + 30) % 60) / 2);
  const hourly = { kind: 'cron', expression: `${minute} * * * *` };
  for (const name of ['Import', 'Export']) await api.createJob({ name, job_type: 'echo', payload: {}, schedule: hourly });
  [peak] = await eventually('a peak ahead', async () => {
    const { peaks } = await api.get('/forecast?window=hour');
    return peaks[0]?.starts === 2 && peaks;
  });
});
after(async () => {
  await browser?.end();
  await system?.end();
});

const onClock = (timeZone, options) => new Intl.DateTimeFormat('en-GB', { timeZone, hourCycle: 'h23', ...options }).format(new Date(peak.at));
const second = (timeZone) => onClock(timeZone, { timeStyle: 'medium' });
const section = (page, name) => page.locator('section.panel', { has: page.getByRole('heading', { name, exact: true }) });

walk('the peaks of a forecast are told on the clock of its axis, whose zone is said once', inKolkata, async ({ page, go }) => {
  await go('/forecast?window=hour');
  const peaks = section(page, 'Peaks');
  await peaks.getByText(`${second(ZONE)}: 2 starts, 100 % hourly`).waitFor();
  assert.equal((await peaks.innerText()).split('GMT+5:30').length, 2);
  assert.doesNotMatch(await peaks.innerText(), /UTC/);
  const axis = await page.locator('.bars text.axis').allTextContents();
  assert.ok(axis.includes(second(ZONE).slice(0, 5)), `${second(ZONE)} is on the axis: ${axis}`);

  await page.getByRole('button', { name: /^Times in/ }).click();
  await peaks.getByText(`${second('UTC')}: 2 starts, 100 % hourly`).waitFor();
  await peaks.getByText('times in UTC').waitFor();
});

walk('the peaks of a month are told with their day', inKolkata, async ({ page, go }) => {
  await go('/forecast?window=month');
  const first = section(page, 'Peaks').locator('li').first();
  await first.getByText(/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d: 2 starts/).waitFor();
});

walk('the peaks of the overview are told on that clock, too', inKolkata, async ({ page, go }) => {
  await go('/');
  const ahead = section(page, 'Peaks ahead');
  await ahead.getByRole('link', { name: `${second(ZONE)}: 2 starts` }).waitFor();
  await ahead.getByText('times in GMT+5:30').waitFor();
});

walk('the last bar leaves room for a label below it', inKolkata, async ({ page, go }) => {
  await go('/forecast?window=hour');
  await page.locator('.bars text.axis').first().waitFor();
  const room = await page.locator('.bars svg').evaluate((chart) => {
    const bar = [...chart.querySelectorAll('.bar-reach')].at(-1).getBoundingClientRect();
    const label = Math.max(...[...chart.querySelectorAll('text.axis')].map((text) => text.getBoundingClientRect().width));
    return chart.getBoundingClientRect().right - (bar.left + bar.right + label) / 2;
  });
  assert.ok(room >= 0, `it is cut off by ${-room} px`);
});
