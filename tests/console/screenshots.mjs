// Takes a picture of every page of a lively system, at the widths of a desktop and of a phone: `make screenshots`.
// Those named on the command line, or all.

import { mkdir, writeFile } from 'node:fs/promises';
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
/** Charts are drawn a few frames after the page around them: once their width is known. */
const DRAWS_FOR_MS = 300;
/** Pictures are kept with the sources: one of a page full of text ends sooner. */
const MOST_BYTES = 150_000;
const IN_THE_DARK = new Set(['overview', 'job', 'forecast']);

const wanted = process.argv.slice(2);
const isWanted = (name) => wanted.length === 0 || wanted.includes(name);
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
        if (!isWanted(one.name)) continue;
        await show(window, one, seeded);
        const name = [one.name, screen, ...(theme === 'dark' ? ['dark'] : [])].join('-');
        await takePicture(window.page, name, size);
      }
      await window.context.close();
    }
  }
  if (isWanted('sign-in')) {
    const outside = await browser.open(system.base);
    await outside.go('/');
    await outside.page.getByLabel('Token').waitFor();
    await takePicture(outside.page, 'sign-in-desktop', DESKTOP);
  }
  await seeded.end();
} finally {
  await browser.end();
  await system.end();
}

async function takePicture(page, name, { width, height }) {
  await sleep(DRAWS_FOR_MS);
  let picture = await page.screenshot();
  for (let shown = height - 50; picture.length > MOST_BYTES && shown > 0; shown -= 50) {
    picture = await page.screenshot({ clip: { x: 0, y: 0, width, height: shown } });
  }
  await writeFile(join(FOLDER, `${name}.png`), picture);
}
