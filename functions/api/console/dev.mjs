// Serves the console from its sources and hands /v1 to a running API: `npm run dev -- --api http://127.0.0.1:8080 --port 5173`.
// Every change of a source is bundled at once; the page is reloaded by hand. Headers are as the API serves them, so that
// what its content security policy forbids is seen here first.
import { context } from 'esbuild';
import { createReadStream } from 'node:fs';
import { access, mkdtemp } from 'node:fs/promises';
import { createServer, request } from 'node:http';
import { tmpdir } from 'node:os';
import { extname, join } from 'node:path';
import { parseArgs } from 'node:util';
import { copyStatic, options } from './build.mjs';

const { values } = parseArgs({
  options: { api: { type: 'string', default: 'http://127.0.0.1:8080' }, port: { type: 'string', default: '5173' } },
});
const directory = await mkdtemp(join(tmpdir(), 'punctual-console-dev-'));
await copyStatic(directory);
const bundler = await context({ ...options, sourcemap: 'inline', outdir: directory, logLevel: 'info' });
await bundler.watch();

const TYPES = { '.html': 'text/html', '.js': 'text/javascript', '.css': 'text/css', '.svg': 'image/svg+xml' };
const POLICY =
  "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; font-src 'self'; " +
  "base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

createServer(async (incoming, answer) => {
  const { pathname } = new URL(incoming.url, 'http://console');
  if (pathname === '/') return answer.writeHead(302, { location: '/console/' }).end();
  if (!pathname.startsWith('/console')) return proxy(incoming, answer);
  const name = pathname.replace(/^\/console\/?/, '');
  const path = join(directory, extname(name) && !name.includes('/') ? name : 'index.html');
  if (!(await access(path).then(() => true, () => false))) return answer.writeHead(404).end();
  answer.writeHead(200, {
    'content-type': `${TYPES[extname(path)]}; charset=utf-8`,
    'cache-control': 'no-store',
    'content-security-policy': POLICY,
  });
  createReadStream(path).pipe(answer);
}).listen(Number(values.port), '127.0.0.1', () => console.log(`http://127.0.0.1:${values.port}/console/ (API: ${values.api})`));

function proxy(incoming, answer) {
  const { method, headers } = incoming;
  const outgoing = request(new URL(incoming.url, values.api), { method, headers }, (got) => {
    answer.writeHead(got.statusCode, got.headers);
    got.pipe(answer);
  });
  outgoing.on('error', () => answer.destroy());
  incoming.pipe(outgoing);
}
