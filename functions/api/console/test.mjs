// Bundles every src/**/*.test.ts(x) and has Node's own runner run them. Arguments go to the runner.
import { build } from 'esbuild';
import { spawn } from 'node:child_process';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { options } from './build.mjs';

const here = (path) => fileURLToPath(new URL(path, import.meta.url));
const files = (await readdir(here('src'), { recursive: true })).filter((name) => /\.test\.tsx?$/.test(name));
// Beside node_modules, so that what is left outside the bundles is found.
const outdir = await mkdtemp(here('node_modules/.tests-'));

try {
  await build({
    ...options,
    entryPoints: files.map((name) => here(`src/${name}`)),
    outdir,
    outExtension: { '.js': '.mjs' },
    platform: 'node',
    target: 'node20',
    sourcemap: 'inline',
    loader: { '.css': 'empty' },
    logLevel: 'warning',
  });
  const made = (await readdir(outdir, { recursive: true })).filter((name) => name.endsWith('.mjs'));
  const runner = ['--enable-source-maps', '--test', ...process.argv.slice(2), ...made.map((name) => join(outdir, name))];
  process.exitCode = await new Promise((done) => spawn(process.execPath, runner, { stdio: 'inherit' }).on('exit', done));
} finally {
  await rm(outdir, { recursive: true, force: true });
}
