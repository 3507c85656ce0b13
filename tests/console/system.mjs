// The real local system, with a state of its own that goes with it: what `make run` runs, on free ports.

import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
export const BIN = resolve(ROOT, process.env.PUNCTUAL_BIN ?? 'target/debug');
const READY_WITHIN_MS = 60_000;

/** Starts the system; `end()` ends it and removes its state. */
export async function startSystem({ standIn = join(BIN, 'punctual-stand-in') } = {}) {
  const directory = await mkdtemp(join(tmpdir(), 'punctual-console-tests-'));
  // Another process may take a free port first: the system then ends at once, and other ports are tried.
  for (let tries = 1; ; tries += 1) {
    const started = await tryToStart(directory, standIn);
    if (started.base) return system(directory, started);
    if (tries === 3) throw new Error(`the system does not start:\n${started.log()}`);
  }
}

async function tryToStart(directory, standIn) {
  const [port, standInPort] = [await freePort(), await freePort()];
  const program = join(BIN, 'punctual-local');
  const asked = ['run', '--port', String(port), '--stand-in', standIn, '--stand-in-port', String(standInPort), '--data-dir', directory];
  const child = spawn(program, asked, { stdio: ['ignore', 'pipe', 'pipe'] });
  // Also if the tests are broken off.
  process.once('exit', () => child.kill());
  const lines = [];
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (data) => lines.push(String(data)));
  child.on('error', (error) => lines.push(`${program}: ${error.message}`));
  const log = () => lines.join('').split('\n').slice(-30).join('\n');
  const base = `http://127.0.0.1:${port}`;
  const until = Date.now() + READY_WITHIN_MS;
  while (Date.now() < until && child.exitCode === null && child.pid !== undefined) {
    const answer = await fetch(`${base}/healthz`).catch(() => undefined);
    if (answer?.ok) return { child, base, standIn: `http://127.0.0.1:${standInPort}`, log };
    await sleep(100);
  }
  child.kill();
  return { log };
}

function system(directory, { child, base, standIn, log }) {
  return {
    base,
    standIn,
    directory,
    log,
    /** A token as `make token` prints it. */
    token({ user = 'me', role = 'user', ttlSeconds = 3_600 } = {}) {
      const asked = ['token', '--user', user, '--role', role, '--ttl-seconds', String(ttlSeconds), '--data-dir', directory];
      const { stdout, stderr, status } = spawnSync(join(BIN, 'punctual-local'), asked, { encoding: 'utf8' });
      if (status !== 0) throw new Error(`no token: ${stderr}`);
      return stdout.trim();
    },
    async end() {
      if (child.exitCode === null) {
        child.kill();
        await once(child, 'exit');
      }
      await rm(directory, { recursive: true, force: true });
    },
  };
}

export async function freePort() {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address();
  server.close();
  await once(server, 'close');
  return port;
}
