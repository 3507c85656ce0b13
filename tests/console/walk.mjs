// A test that is a walk through the console. Where it fails, what was to be seen is kept as a picture.

import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

const PICTURES = fileURLToPath(new URL('../../target/console', import.meta.url));

/** `window` is asked for when the test runs: what opens it has run by then. */
export function walk(name, window, steps) {
  test(name, async (t) => {
    const opened = await window();
    try {
      await steps(opened, t);
    } catch (error) {
      mkdirSync(PICTURES, { recursive: true });
      const path = join(PICTURES, `${name.toLowerCase().replace(/[^a-z0-9]+/g, '-').slice(0, 80)}.png`);
      await opened.page.screenshot({ path, fullPage: true }).catch(() => {});
      error.message += `\nAt ${opened.page.url()}; what was to be seen: ${path}`;
      throw error;
    }
  });
}

/** Where `scope` says that something is in the state `word`. */
export const badge = (scope, word) => scope.locator('.badge', { hasText: new RegExp(`(^|\\s)${word}$`) });
