// Says whether what is committed is what the sources give: dist/ (byte for byte) and the API's types.
import { execFileSync } from 'node:child_process';
import { mkdtemp, readFile, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { make } from './build.mjs';

const here = (path) => fileURLToPath(new URL(path, import.meta.url));
const fresh = await mkdtemp(join(tmpdir(), 'punctual-console-'));
const stale = [];

try {
  await make(join(fresh, 'dist'));
  const names = new Set([...(await readdir(join(fresh, 'dist'))), ...(await readdir(here('dist')))]);
  for (const name of names) {
    const [made, kept] = await Promise.all([content(join(fresh, 'dist', name)), content(here(`dist/${name}`))]);
    if (!made?.equals(kept ?? Buffer.alloc(0))) stale.push(`dist/${name}: run \`make console\``);
  }

  const types = join(fresh, 'schema.d.ts');
  const generate = here('node_modules/openapi-typescript/bin/cli.js');
  execFileSync(process.execPath, [generate, here('../openapi.json'), '--default-non-nullable', 'false', '--output', types], { stdio: 'pipe' });
  const [made, kept] = await Promise.all([content(types), content(here('src/api/schema.d.ts'))]);
  if (!made?.equals(kept ?? Buffer.alloc(0))) stale.push('src/api/schema.d.ts: run `npm run api`');
} finally {
  await rm(fresh, { recursive: true, force: true });
}

for (const what of stale) console.error(`stale: ${what}`);
process.exitCode = stale.length ? 1 : 0;

async function content(path) {
  return readFile(path).catch(() => undefined);
}
