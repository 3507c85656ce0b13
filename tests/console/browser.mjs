// A browser as people have one: Debian's Chromium, with nothing kept from before, that calls nobody but the system.

import { chromium } from 'playwright-core';

const PROGRAM = process.env.CHROMIUM ?? '/usr/bin/chromium';
const QUIET = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

export const DESKTOP = { width: 1440, height: 900 };
export const PHONE = { width: 390, height: 844 };

/** How long a step may take before the test gives up on it; nothing is judged by how soon it comes. */
const PATIENCE_MS = 30_000;

export async function startBrowser() {
  const browser = await chromium.launch({ executablePath: PROGRAM, args: QUIET });
  return {
    /** A window of its own, signed in if a token is given. `complaints` is what the browser had to say against the page. */
    async open(base, { token, theme = 'light', size = DESKTOP, timezone = 'Europe/Berlin' } = {}) {
      const context = await browser.newContext({ viewport: size, colorScheme: theme, timezoneId: timezone, reducedMotion: 'reduce', locale: 'en-GB' });
      context.setDefaultTimeout(PATIENCE_MS);
      if (token !== undefined) await context.addInitScript(keepToken, token);
      const page = await context.newPage();
      const complaints = [];
      page.on('console', (message) => {
        if (['error', 'warning'].includes(message.type())) complaints.push(`${message.text()} (${message.location().url})`);
      });
      page.on('pageerror', (error) => complaints.push(String(error.stack ?? error)));
      const go = (path) => page.goto(`${base}/console${path}`);
      return { context, page, go, complaints };
    },
    end: () => browser.close(),
  };
}

/** Runs in the page, before anything of its own: as if one had signed in in this tab. Once signed out, one stays so. */
function keepToken(token) {
  if (sessionStorage.getItem('test.signed-in')) return;
  sessionStorage.setItem('test.signed-in', 'yes');
  sessionStorage.setItem('punctual.token', token);
}
