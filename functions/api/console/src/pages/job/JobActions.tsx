import { go, href } from '../../app/router';
import { Menu } from '../../parts/Menu';
import { canPause, canResume, isDeleted, type Job, pause, remove, resume, runNow, skipNext } from '../jobs/actions';

export function JobActions({ job, changed }: { job: Job; changed: () => void }) {
  if (isDeleted(job)) {
    return (
      <a class="button" href={href(`/jobs/new?from=${job.id}`)}>
        Create a copy
      </a>
    );
  }
  return (
    <>
      <button type="button" onClick={() => runNow(job, changed)}>
        Run now…
      </button>
      {canResume(job) ? (
        <button type="button" onClick={() => void resume(job, changed)}>
          Resume
        </button>
      ) : (
        <button type="button" disabled={!canPause(job)} onClick={() => void pause(job, changed)}>
          Pause
        </button>
      )}
      <a class="button" href={href(`/jobs/${job.id}/edit`)}>
        Edit
      </a>
      <Menu
        label="More to do with this job"
        choices={[
          { name: 'Skip the next fire time', unless: job.next_fire_at ? undefined : 'There is none', run: () => void skipNext(job, changed) },
          { name: 'Create a copy', run: () => go(`/jobs/new?from=${job.id}`) },
          { name: 'Delete…', danger: true, run: () => remove(job, changed) },
        ]}
      >
        <span aria-hidden="true">⋯</span>
      </Menu>
    </>
  );
}
