// What a first visit costs to load.

import assert from 'node:assert/strict';
import { after, before } from 'node:test';
import { startBrowser } from './browser.mjs';
import { startSystem } from './system.mjs';
import { walk } from './walk.mjs';

const MOST_BYTES = 300_000;
let system, browser;

before(async () => {
  [system, browser] = await Promise.all([startSystem(), startBrowser()]);
});
after(async () => {
  await browser?.end();
  await system?.end();
});

walk('a first load transfers less than 300 kB, from nowhere but the system', () => browser.open(system.base, { token: system.token({ user: 'me', role: 'admin' }) }), async ({ page, go, context }, t) => {
  const devtools = await context.newCDPSession(page);
  await devtools.send('Network.enable');
  const urls = new Map();
  let assets = 0;
  let answers = 0;
  devtools.on('Network.requestWillBeSent', ({ requestId, request }) => urls.set(requestId, request.url));
  devtools.on('Network.loadingFinished', ({ requestId, encodedDataLength }) => {
    if (new URL(urls.get(requestId)).pathname.startsWith('/console')) assets += encodedDataLength;
    else answers += encodedDataLength;
  });
  await go('/');
  await page.getByRole('heading', { name: 'Peaks ahead' }).waitFor();
  await page.locator('main .spinner').first().waitFor({ state: 'detached' });

  t.diagnostic(`the console: ${assets} bytes; what the API answered for its first page: ${answers} bytes`);
  assert.ok(assets > 10_000, 'the console itself was counted');
  assert.ok(assets + answers < MOST_BYTES);
  const foreign = [...urls.values()].filter((url) => /^https?:/.test(url) && !url.startsWith(system.base));
  assert.deepEqual(foreign, []);
});
