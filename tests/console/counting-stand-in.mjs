#!/usr/bin/env node
// The fast stand-in, counting what it is asked: calls and items read, by operation and table. Given to the system in its place.
// GET /counted on its port gives the counts and begins anew, and says where the stand-in itself listens.

import { spawn } from 'node:child_process';
import { Agent, createServer, request } from 'node:http';
import { freePort } from './system.mjs';

const port = await freePort();
// In memory only: a million records are not worth a journal.
const { STATE_DIR: _, ...environment } = process.env;
const standIn = spawn(process.env.COUNTED_STAND_IN, { env: { ...environment, GATEWAY_PORT: String(port) }, stdio: 'inherit' });
standIn.on('exit', (code) => process.exit(code ?? 1));
for (const signal of ['SIGTERM', 'SIGINT']) process.on(signal, () => standIn.kill());

const agent = new Agent({ keepAlive: true });
let counts = {};

createServer(async (incoming, answer) => {
  if (incoming.url === '/counted') {
    answer.end(JSON.stringify({ counts, standIn: `http://127.0.0.1:${port}` }));
    counts = {};
    return;
  }
  const body = await whole(incoming);
  const { method, url, headers } = incoming;
  const outgoing = request({ port, host: '127.0.0.1', method, path: url, headers, agent }, async (got) => {
    const given = await whole(got);
    count(headers['x-amz-target'], body, given);
    answer.writeHead(got.statusCode, got.headers);
    answer.end(given);
  });
  outgoing.on('error', () => answer.destroy());
  outgoing.end(body);
}).listen(Number(process.env.GATEWAY_PORT), '127.0.0.1');

async function whole(stream) {
  const parts = [];
  for await (const part of stream) parts.push(part);
  return Buffer.concat(parts);
}

function count(target, body, given) {
  const operation = target?.split('.')[1];
  if (operation !== 'Query' && operation !== 'Scan') return;
  const { TableName: table, IndexName: index } = JSON.parse(body);
  const name = `${operation} ${table.replace('punctual-local-', '')}${index ? ` by ${index}` : ''}`;
  const sum = (counts[name] ??= { calls: 0, items: 0 });
  sum.calls += 1;
  sum.items += JSON.parse(given).ScannedCount ?? 0;
}
