// The same done with many jobs. The question says how many it touches; each is a call of its own, four at a time, and what
// failed is told by name.

import { del } from '../../api/call';
import { confirm } from '../../parts/Confirm';
import { toast, toastFailure } from '../../parts/Toasts';
import { count } from '../../words/count';
import { type Job, postPause, postResume } from './actions';

export type Bulk = 'pause' | 'resume' | 'delete';

interface Kind {
  verb: string;
  done: string;
  what: string;
  concerns: (job: Job) => boolean;
  call: (job: Job) => Promise<unknown>;
  undo?: Bulk;
}

const KINDS: Record<Bulk, Kind> = {
  pause: {
    verb: 'Pause',
    done: 'paused',
    what: 'They do not fire until they are resumed.',
    concerns: (job) => job.status === 'active',
    call: (job) => postPause(job.id),
    undo: 'resume',
  },
  resume: {
    verb: 'Resume',
    done: 'resumed',
    what: 'They fire again from the next second on; what fell into the pause does not fire.',
    concerns: (job) => job.status === 'paused',
    call: (job) => postResume(job.id),
    undo: 'pause',
  },
  delete: {
    verb: 'Delete',
    done: 'deleted',
    what: 'Nothing of them starts any more, and what runs is told to stop. Their history stays; the deletion cannot be taken back.',
    concerns: (job) => job.status !== 'canceled',
    call: (job) => del('/v1/jobs/{id}', { path: { id: job.id }, version: job.version }),
  },
};

export function askForMany(bulk: Bulk, chosen: Job[], changed: () => void): void {
  const kind = KINDS[bulk];
  const concerned = chosen.filter(kind.concerns);
  const others = chosen.length - concerned.length;
  confirm({
    title: `${kind.verb} ${count(concerned.length, 'job')}?`,
    body: (
      <>
        <p>{kind.what}</p>
        {others > 0 && <p>{count(others, 'other')} of those chosen cannot be {kind.done} as they are now, and stay as they are.</p>}
        <ul class="names">
          {concerned.slice(0, 10).map((job) => (
            <li key={job.id}>{job.name}</li>
          ))}
          {concerned.length > 10 && <li>and {concerned.length - 10} more</li>}
        </ul>
      </>
    ),
    verb: `${kind.verb} ${count(concerned.length, 'job')}`,
    danger: bulk === 'delete',
    run: () => carryOut(kind, concerned, changed),
  });
}

async function carryOut(kind: Kind, jobs: Job[], changed: () => void): Promise<void> {
  const failures = await eachOf(jobs, kind.call);
  changed();
  for (const { job, error } of failures.slice(0, 3)) toastFailure(`“${job.name}” is not ${kind.done}`, error);
  const failed = new Set(failures.map(({ job }) => job));
  const done = jobs.filter((job) => !failed.has(job));
  const undo = kind.undo && KINDS[kind.undo];
  const back = undo && { label: undo.verb, run: () => eachOf(done, undo.call).then(changed) };
  toast(`${count(done.length, 'job')} ${kind.done}${failures.length > 0 ? `, ${failures.length} not` : ''}.`, done.length > 0 ? back : undefined);
}

const AT_ONCE = 4;

async function eachOf(jobs: Job[], call: (job: Job) => Promise<unknown>): Promise<{ job: Job; error: unknown }[]> {
  const left = [...jobs];
  const failures: { job: Job; error: unknown }[] = [];
  async function work() {
    for (let job = left.shift(); job; job = left.shift()) {
      const current = job;
      await call(current).catch((error: unknown) => failures.push({ job: current, error }));
    }
  }
  await Promise.all(Array.from({ length: AT_ONCE }, work));
  return failures;
}
