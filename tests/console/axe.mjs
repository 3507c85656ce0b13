// What axe finds against a page as it is shown now (WCAG 2 A and AA), and how far it sticks out of the window.

import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { DESKTOP, PHONE } from './browser.mjs';

const axe = await readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

export async function violations(page) {
  // By the debugger's door: a script in the page would be against its policy.
  await page.evaluate(axe);
  const { violations: found } = await page.evaluate(() => globalThis.axe.run(document, { runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'] }));
  return found.flatMap(({ id, nodes }) => nodes.slice(0, 5).map(({ html, failureSummary }) => `${id}: ${html.slice(0, 160)} — ${failureSummary?.split('\n').slice(1, 2).join('').trim()}`));
}

const LOOKS = [
  ['a desktop', DESKTOP, 'light'],
  ['a desktop', DESKTOP, 'dark'],
  ['a phone', PHONE, 'dark'],
  ['a phone', PHONE, 'light'],
];

/** The faults of what is shown, on a desktop and a phone, light and dark. */
export async function faultsInAllLooks(page) {
  const faults = [];
  for (const [screen, size, colorScheme] of LOOKS) {
    await page.setViewportSize(size);
    await page.emulateMedia({ colorScheme });
    faults.push(...(await violations(page)).map((fault) => `${screen}, ${colorScheme}: ${fault}`));
    const over = await sticksOut(page);
    if (over > 0) faults.push(`${screen}: ${over} px wider than the window`);
  }
  return faults;
}

const sticksOut = (page) => page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
