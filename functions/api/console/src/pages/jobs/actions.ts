// What can be done with a job, wherever it is shown. What can be taken back is done at once, with the way back in the
// toast; what cannot is asked about first, by what it will do.

import { del, post, type Schemas } from '../../api/call';
import { confirm } from '../../parts/Confirm';
import { toast, toastFailure } from '../../parts/Toasts';
import { go } from '../../app/router';

export type Job = Schemas['Job'];
/** Called once something has changed. */
type Changed = () => void;

export const canPause = (job: Job) => job.status === 'active';
export const canResume = (job: Job) => job.status === 'paused';
export const isDeleted = (job: Job) => job.status === 'canceled';

export async function pause(job: Job, changed: Changed): Promise<void> {
  await carryOut(`“${job.name}” is not paused`, async () => {
    await postPause(job.id);
    changed();
    toast(`“${job.name}” is paused: it does not fire until it is resumed.`, { label: 'Resume', run: () => postResume(job.id).then(changed) });
  });
}

export async function resume(job: Job, changed: Changed): Promise<void> {
  await carryOut(`“${job.name}” is not resumed`, async () => {
    await postResume(job.id);
    changed();
    toast(`“${job.name}” fires again.`, { label: 'Pause', run: () => postPause(job.id).then(changed) });
  });
}

/** Leaves out the next fire time. */
export async function skipNext(job: Job, changed: Changed): Promise<void> {
  await carryOut(`Nothing of “${job.name}” is skipped`, async () => {
    const after = await post('/v1/jobs/{id}/skip', { path: { id: job.id }, body: {} });
    const skipped = after.skips.find((time) => !job.skips.includes(time));
    changed();
    if (skipped === undefined) toast(`The next fire time of “${job.name}” was skipped already.`);
    else toast(`“${job.name}” will not fire at ${skipped}.`, { label: 'Take back', run: () => unskip(job.id, skipped).then(changed) });
  });
}

export const unskip = (id: string, fire_time: string) => post('/v1/jobs/{id}/unskip', { path: { id }, body: { fire_time } });

export function runNow(job: Job, changed: Changed): void {
  const key = crypto.randomUUID();
  confirm({
    title: `Run “${job.name}” now?`,
    body: 'It runs once, at once, beside its schedule and whatever is running already. Jobs that run after it run, too.',
    verb: 'Run now',
    run: async () => {
      const { execution_id } = await post('/v1/jobs/{id}/run', { path: { id: job.id }, idempotencyKey: key });
      changed();
      toast(`“${job.name}” is on its way.`, { label: 'Show', run: async () => go(`/executions/${encodeURIComponent(execution_id)}`) });
    },
  });
}

export function remove(job: Job, changed: Changed): void {
  confirm({
    title: `Delete “${job.name}”?`,
    body: 'One job is deleted. Nothing of it starts any more, and what runs is told to stop. Its history stays; the deletion cannot be taken back.',
    verb: 'Delete the job',
    danger: true,
    run: async () => {
      await del('/v1/jobs/{id}', { path: { id: job.id }, version: job.version });
      changed();
      toast(`“${job.name}” is deleted.`);
    },
  });
}

export const postPause = (id: string) => post('/v1/jobs/{id}/pause', { path: { id }, body: {} });
export const postResume = (id: string) => post('/v1/jobs/{id}/resume', { path: { id } });

async function carryOut(otherwise: string, run: () => Promise<void>): Promise<void> {
  try {
    await run();
  } catch (error) {
    toastFailure(otherwise, error);
  }
}
