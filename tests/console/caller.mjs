// The API as another program calls it: for what a test sets up, or does behind the back of whoever sits at the console.

import { setTimeout as sleep } from 'node:timers/promises';

export function caller(base, token) {
  async function call(method, path, body, headers = {}) {
    const init = { method, headers: { authorization: `Bearer ${token}`, ...headers } };
    if (body !== undefined) {
      init.body = JSON.stringify(body);
      init.headers = { 'content-type': 'application/json', ...init.headers };
    }
    const answer = await fetch(`${base}/v1${path}`, init);
    const text = await answer.text();
    if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${text}`);
    return text === '' ? undefined : JSON.parse(text);
  }
  return {
    call,
    get: (path) => call('GET', path),
    post: (path, body = {}) => call('POST', path, body),
    put: (path, body, version) => call('PUT', path, body, { 'if-match': `"${version}"` }),
    createJob: (job) => call('POST', '/jobs', job),
  };
}

const PATIENCE_MS = 60_000;

/** Asks until `found` gives something. */
export async function eventually(what, found) {
  const until = Date.now() + PATIENCE_MS;
  while (Date.now() < until) {
    const it = await found();
    if (it) return it;
    await sleep(200);
  }
  throw new Error(`never came: ${what}`);
}
