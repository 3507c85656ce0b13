// Makes dist/ from src/: what the API's binary embeds. The same sources always give the same bytes.
import { build } from 'esbuild';
import { cp, mkdir, readdir, rm } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';

const here = (path) => fileURLToPath(new URL(path, import.meta.url));

/** What browsers the console asks for: those that know `light-dark()`, popovers and nested CSS. */
export const options = {
  entryPoints: { console: here('src/main.tsx') },
  bundle: true,
  format: 'esm',
  target: ['chrome123', 'firefox125', 'safari17.5'],
  jsx: 'automatic',
  jsxImportSource: 'preact',
  legalComments: 'none',
  charset: 'utf8',
};

/** Builds into `directory`, which is emptied first. */
export async function make(directory) {
  await rm(directory, { recursive: true, force: true });
  await mkdir(directory, { recursive: true });
  await build({ ...options, minify: true, outdir: directory, logLevel: 'warning' });
  await copyStatic(directory);
}

/** What is served as it is: `static/`. */
export async function copyStatic(directory) {
  for (const name of await readdir(here('static'))) {
    await cp(here(`static/${name}`), `${directory}/${name}`);
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  await make(here('dist'));
}
