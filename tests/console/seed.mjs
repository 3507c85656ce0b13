// A system as it is on a working day: jobs of several users and types, chains, failures, dead letters, holds, and hours that
// are fuller than others. Everything comes by the API, and everything that runs was really run.

import { caller, eventually } from './caller.mjs';
import { startTarget } from './target.mjs';

// From one instant on, so that jobs of one pace run at the same times: chains need it.
const anchor_at = `${new Date().toISOString().slice(0, 16)}:00Z`;
const every = (seconds) => ({ kind: 'every', seconds, anchor_at });
const cron = (expression, timezone = 'UTC') => ({ kind: 'cron', expression, timezone });
const echo = { job_type: 'echo', payload: { report: 'daily', region: 'eu' } };

/** Gives what pages are about: a job with a history, a letter, the executions of both. `end()` ends the targets. */
export async function seed(system) {
  const me = caller(system.base, system.token({ user: 'me', role: 'admin' }));
  const [healthy, broken] = await Promise.all([startTarget(), startTarget()]);
  broken.status = 500;
  const http = ({ url }) => ({ job_type: 'http', payload: { method: 'POST', url, headers: { 'X-Report': 'daily' }, body: { region: 'eu' } } });
  const noRetry = { retry: { max_retries: 0 } };

  const heartbeat = await me.createJob({ name: 'Heartbeat', ...echo, schedule: every(10) });
  const orders = await me.createJob({ name: 'Import the orders', ...http(healthy), schedule: every(20), priority: 2 });
  const stock = await me.createJob({ name: 'Import the stock', ...echo, schedule: every(20) });
  const prices = await me.createJob({ name: 'Compute the prices', ...echo, after: [orders.id, stock.id] });
  await me.createJob({ name: 'Publish the catalogue', ...echo, after: [prices.id] });
  await me.createJob({ name: 'Warm the caches', ...echo, after: [prices.id], priority: 9 });
  await me.createJob({ name: 'Bill the customers', ...http(broken), schedule: every(15), ...noRetry });
  await me.createJob({ name: 'Sync the ledger', ...http(broken), schedule: every(30), ...noRetry, pause_after_failures: 2 });
  await me.createJob({ name: 'Resize the pictures', job_type: 'pull', payload: { work: 'resize', input: { width: 800 } }, schedule: every(60) });
  await me.createJob({ name: 'Month’s closing', ...echo, schedule: { kind: 'rrule', rule: 'FREQ=MONTHLY;BYDAY=-1FR;BYHOUR=17;BYMINUTE=0', timezone: 'Europe/Berlin' } });
  await me.createJob({ name: 'Morning report', ...echo, schedule: cron('0 9 * * MON-FRI', 'Europe/Berlin'), spread_seconds: 600, spread: 'auto' });
  const paused = await me.createJob({ name: 'Newsletter', ...echo, schedule: cron('0 8 * * TUE') });
  await me.post(`/jobs/${paused.id}/pause`, { note: 'until the new template is approved' });
  await fillTheHours(system);

  await me.post('/admin/holds', { kind: 'job_type', value: 'email', note: 'the mail relay is being moved' });
  // The page of versions has something to tell.
  const { definition } = await me.get(`/jobs/${heartbeat.id}/versions/1`);
  await me.put(`/jobs/${heartbeat.id}`, { ...definition, payload: { ...definition.payload, region: 'us' }, priority: 3 }, 1);

  const letters = await eventually('three dead letters', async () => {
    const { items } = await me.get('/dead-letters?status=open');
    return items.length >= 3 && items;
  });
  await me.post(`/dead-letters/${encodeURIComponent(letters[2].execution_id)}/discard`, { note: 'billed by hand' });
  const runs = await eventually('runs of the chain', async () => {
    const { items } = await me.get(`/jobs/${prices.id}/executions`);
    return items.filter(({ state }) => state === 'succeeded').length >= 2 && items;
  });
  return {
    api: me,
    job: heartbeat.id,
    chained: prices.id,
    execution: runs.at(-1).id,
    letter: letters[0].execution_id,
    end: () => Promise.all([healthy.end(), broken.end()]),
  };
}

/** Jobs of other users that start on the hour, as people's jobs do, and some that do not. */
async function fillTheHours(system) {
  for (const [user, number] of [['shop', 60], ['billing', 25], ['search', 15]]) {
    const api = caller(system.base, system.token({ user }));
    const jobs = Array.from({ length: number }, (_, index) => ({
      name: `${user} ${index + 1}`,
      ...echo,
      schedule: cron(index % 5 === 0 ? `${(index * 7) % 60} * * * *` : index % 3 === 0 ? '*/30 * * * *' : '0 * * * *'),
      ...(index % 10 === 0 ? { spread_seconds: 300 } : {}),
    }));
    await api.post('/jobs/batch', { jobs });
  }
}
