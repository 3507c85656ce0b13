// What a row of the list says about its job, and what can be done from there.

import { go, href } from '../../app/router';
import { Badge } from '../../parts/Badge';
import { Menu, type Choice } from '../../parts/Menu';
import { ScheduleInShort } from '../../parts/ScheduleInShort';
import type { Column } from '../../parts/Table';
import { When } from '../../parts/Time';
import { canPause, canResume, isDeleted, type Job, pause, remove, resume, runNow, skipNext } from './actions';

export function columns(changed: () => void, writes: boolean): Column<Job>[] {
  const shown: Column<Job>[] = [
    { head: 'Name', title: true, cell: (job) => <a href={href(`/jobs/${job.id}`)}>{job.name}</a> },
    { head: 'State', cell: (job) => <Badge state={job.status} {...(isDeleted(job) ? { word: 'deleted' } : {})} /> },
    { head: 'Type', cell: (job) => job.job_type },
    { head: 'Schedule', cell: (job) => <ScheduleInShort schedule={job.schedule} after={job.after} /> },
    { head: 'Next fire', cell: (job) => <NextFire job={job} /> },
    { head: 'Priority', wideOnly: true, cell: (job) => <>{job.priority} <span class="faint">{job.band}</span></> },
  ];
  return writes ? [...shown, { head: 'Actions', quiet: true, cell: (job) => <RowActions job={job} changed={changed} /> }] : shown;
}

function NextFire({ job }: { job: Job }) {
  if (job.next_fire_at) return <When at={job.next_fire_at} />;
  if (job.status === 'paused') return <span class="faint">not while paused</span>;
  if (job.schedule.kind === 'after' && job.status === 'active') return <span class="faint">when they have run</span>;
  return <span class="faint">never again</span>;
}

function RowActions({ job, changed }: { job: Job; changed: () => void }) {
  if (isDeleted(job)) return null;
  return (
    <div class="row-actions">
      {canResume(job) ? (
        <button type="button" class="small" onClick={() => resume(job, changed)}>
          Resume
        </button>
      ) : (
        <button type="button" class="small" disabled={!canPause(job)} title={canPause(job) ? undefined : 'Only what still fires can be paused'} onClick={() => pause(job, changed)}>
          Pause
        </button>
      )}
      <Menu label={`More to do with ${job.name}`} choices={furtherActions(job, changed)}>
        <span aria-hidden="true">⋯</span>
      </Menu>
    </div>
  );
}

/** What can be done with a job beyond pausing it. */
export function furtherActions(job: Job, changed: () => void): Choice[] {
  return [
    { name: 'Run now…', run: () => runNow(job, changed) },
    { name: 'Skip the next fire time', unless: job.next_fire_at ? undefined : 'There is none', run: () => void skipNext(job, changed) },
    { name: 'Edit', run: () => go(`/jobs/${job.id}/edit`) },
    { name: 'Create a copy', run: () => go(`/jobs/new?from=${job.id}`) },
    { name: 'Delete…', danger: true, run: () => remove(job, changed) },
  ];
}
