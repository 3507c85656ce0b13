// Takes a picture of every page of a lively system, at the widths of a desktop and of a phone: `make screenshots`.
// Those named on the command line, or all.

import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { DESKTOP, PHONE, startBrowser } from './browser.mjs';
import { PAGES, show } from './pages.mjs';
import { seed } from './seed.mjs';
import { startSystem } from './system.mjs';

const FOLDER = fileURLToPath(new URL('screenshots', import.meta.url));
/** How long the seeded system runs before it is looked at: charts by the minute need some. */
const LIVES_FOR_MS = 1_000 * Number(process.env.LIVES_FOR_SECONDS ?? 150);
const IN_THE_DARK = new Set(['overview', 'job', 'forecast']);

const wanted = process.argv.slice(2);
const [system, browser] = await Promise.all([startSystem(), startBrowser()]);
try {
  const seeded = await seed(system);
  await sleep(LIVES_FOR_MS);
  await mkdir(FOLDER, { recursive: true });
  const token = system.token({ user: 'me', role: 'admin' });
  for (const [screen, size] of [['desktop', DESKTOP], ['phone', PHONE]]) {
    for (const theme of ['light', 'dark']) {
      const window = await browser.open(system.base, { token, theme, size });
      for (const one of PAGES) {
        if (theme === 'dark' && !IN_THE_DARK.has(one.name)) continue;
        if (wanted.length > 0 && !wanted.includes(one.name)) continue;
        await show(window, one, seeded);
        const name = [one.name, screen, ...(theme === 'dark' ? ['dark'] : [])].join('-');
        await window.page.screenshot({ path: join(FOLDER, `${name}.png`) });
      }
      await window.context.close();
    }
  }
  const outside = await browser.open(system.base);
  await outside.go('/');
  await outside.page.getByLabel('Token').waitFor();
  await outside.page.screenshot({ path: join(FOLDER, 'sign-in-desktop.png') });
  await seeded.end();
} finally {
  await browser.end();
  await system.end();
}
