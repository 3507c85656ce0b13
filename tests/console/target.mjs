// What a job calls: a server of the test's own, whose answer can be changed, and which remembers what it was asked.

import { createServer } from 'node:http';
import { once } from 'node:events';

export async function startTarget() {
  const target = { status: 200, asked: 0 };
  const server = createServer((_, answer) => {
    target.asked += 1;
    answer.writeHead(target.status, { 'content-type': 'application/json' });
    answer.end(JSON.stringify(target.status < 400 ? { billed: 12 } : { error: 'the ledger is closed' }));
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  // A test that fails before it ends it must still end.
  server.unref();
  target.url = `http://127.0.0.1:${server.address().port}/bills`;
  target.end = async () => {
    server.closeAllConnections();
    server.close();
    await once(server, 'close');
  };
  return target;
}
