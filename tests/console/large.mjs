// The console over 10,000 jobs and 1,000,000 executions: no page reads more than it shows, however much there is. Judged by
// what is read of the tables, never by time; times are printed. `make test-console-large` (EXECUTIONS=100000 for less).

import assert from 'node:assert/strict';
import { Agent, request } from 'node:http';
import { after, before } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { startBrowser } from './browser.mjs';
import { caller, eventually } from './caller.mjs';
import { BIN, startSystem } from './system.mjs';
import { walk } from './walk.mjs';

const JOBS = Number(process.env.JOBS ?? 10_000);
const EXECUTIONS = Number(process.env.EXECUTIONS ?? 1_000_000);
/** What one job has of them. */
const OF_ONE_JOB = Math.min(100_000, EXECUTIONS);
const BY_BATCH = 100;
const TOGETHER = 8;

let system, browser, window, job, counted;

before(async () => {
  process.env.COUNTED_STAND_IN = `${BIN}/punctual-stand-in`;
  [system, browser] = await Promise.all([startSystem({ standIn: fileURLToPath(new URL('counting-stand-in.mjs', import.meta.url)) }), startBrowser()]);
  const token = system.token({ user: 'me', role: 'admin' });
  counted = async () => (await fetch(`${system.standIn}/counted`)).json();
  const api = caller(system.base, token);
  const began = Date.now();
  job = await fillJobs(api);
  console.log(`# ${JOBS} jobs in ${Math.round((Date.now() - began) / 1_000)} s`);
  await fillExecutions(api);
  console.log(`# ${EXECUTIONS} executions by ${Math.round((Date.now() - began) / 1_000)} s`);
  window = await browser.open(system.base, { token });
});
after(async () => {
  await browser?.end();
  await system?.end();
});

/** Monthly ones, so that nothing fires while it is looked. */
async function fillJobs(api) {
  const batches = Array.from({ length: Math.ceil(JOBS / BY_BATCH) }, (_, batch) => batch);
  let first;
  await inParallel(batches, async (batch) => {
    const jobs = Array.from({ length: BY_BATCH }, (_, index) => ({
      name: `Job ${batch * BY_BATCH + index}${batch === 0 && index === 7 ? ' needle' : ''}`,
      job_type: 'echo',
      payload: {},
      schedule: { kind: 'cron', expression: `${index % 60} ${batch % 24} 1 * *` },
    }));
    const { results } = await api.post('/jobs/batch', { jobs });
    if (batch === 0) first = results[0].job.id;
  });
  return first;
}

/** A record that was really made, as often as is asked for, at other times and for other jobs. */
async function fillExecutions(api) {
  await api.post(`/jobs/${job}/run`);
  await eventually('the record to copy', async () => (await api.get(`/jobs/${job}/executions`)).items.some(({ state }) => state === 'succeeded'));
  const { standIn } = await counted();
  const table = 'punctual-local-executions';
  const { Items } = await dynamo(standIn, 'Query', { TableName: table, KeyConditionExpression: 'pk = :job', ExpressionAttributeValues: { ':job': { S: `J#${job}` } } });
  const template = Items.find(({ sk }) => /^\d{8}T/.test(sk.S));
  const end = Math.floor(Date.now() / 20_000) * 20_000;
  await inParallel(Array.from({ length: EXECUTIONS / 25 }, (_, index) => index), async (batch) => {
    const requests = Array.from({ length: 25 }, (_, index) => {
      const number = batch * 25 + index;
      const owner = Math.floor(number / OF_ONE_JOB);
      const at = new Date(end - ((number % OF_ONE_JOB) + 1) * 20_000).toISOString().replace(/[-:]|\.\d+/g, '');
      const pk = owner === 0 ? `J#${job}` : `J#${job.slice(0, -4)}${String(owner).padStart(4, '0')}`;
      return { PutRequest: { Item: { ...template, pk: { S: pk }, sk: { S: at } } } };
    });
    await dynamo(standIn, 'BatchWriteItem', { RequestItems: { [table]: requests } });
  });
}

const agent = new Agent({ keepAlive: true, maxSockets: TOGETHER });

function dynamo(standIn, operation, body) {
  return new Promise((done, failed) => {
    const headers = { 'content-type': 'application/x-amz-json-1.0', 'x-amz-target': `DynamoDB_20120810.${operation}` };
    const call = request(standIn, { method: 'POST', headers, agent }, async (answer) => {
      const parts = [];
      for await (const part of answer) parts.push(part);
      const text = Buffer.concat(parts).toString();
      if (answer.statusCode === 200) done(JSON.parse(text));
      else failed(new Error(text));
    });
    call.on('error', failed);
    call.end(JSON.stringify(body));
  });
}

async function inParallel(all, run) {
  const left = all.values();
  await Promise.all(Array.from({ length: TOGETHER }, async () => {
    for (const one of left) await run(one);
  }));
}

/** What `look` has read of the tables, by the console's own calls and whatever they led to. */
async function reads(t, look) {
  await counted();
  const began = Date.now();
  await look();
  const { counts } = await counted();
  t.diagnostic(`${Date.now() - began} ms; ${JSON.stringify(counts)}`);
  return Object.entries(counts).filter(([name]) => /jobs|executions/.test(name));
}

const sum = (found) => found.reduce((total, [, { items }]) => total + items, 0);

walk('the list of jobs reads a page of them, and one more page for “Load more”', () => window, async ({ page, go }, t) => {
  const first = await reads(t, async () => {
    await go('/jobs');
    await page.getByRole('button', { name: 'Load more' }).waitFor();
  });
  assert.ok(sum(first) <= 300, 'a page or two of them');
  const shown = await page.getByRole('row').count();
  const more = await reads(t, async () => {
    await page.getByRole('button', { name: 'Load more' }).click();
    await page.waitForFunction((before) => document.querySelectorAll('tr').length > before, shown);
  });
  assert.ok(sum(more) <= 300);
});

walk('a search by text looks through a bounded part of the jobs at a time', () => window, async ({ page, go }, t) => {
  const found = await reads(t, async () => {
    await go('/jobs?text=needle');
    await page.getByRole('table', { name: 'Jobs' }).or(page.getByText('looked at so far')).first().waitFor();
  });
  assert.ok(sum(found) <= 2_500, 'never all of them');
});

walk('the page of a job with very many executions reads no more than it shows', () => window, async ({ page, go }, t) => {
  const found = await reads(t, async () => {
    await go(`/jobs/${job}`);
    await page.getByRole('table', { name: 'Executions' }).waitFor();
    await page.getByRole('heading', { name: 'Timeline' }).waitFor();
    await page.locator('main .spinner').first().waitFor({ state: 'detached' });
    await sleep(1_000);
  });
  assert.ok(sum(found) <= 5_000, `of ${OF_ONE_JOB}`);
  assert.equal(found.some(([name]) => name.startsWith('Scan')), false);
});

walk('the overview does not read the executions', () => window, async ({ page, go }, t) => {
  const found = await reads(t, async () => {
    await go('/');
    await page.getByRole('heading', { name: 'Peaks ahead' }).waitFor();
    await page.locator('main .spinner').first().waitFor({ state: 'detached' });
  });
  assert.equal(sum(found.filter(([name]) => name.includes('executions'))), 0);
});
