import { count } from '../../words/count';
import type { Job } from './actions';
import { askForMany, type Bulk } from './bulk';

const NAMES: Record<Bulk, string> = { pause: 'Pause', resume: 'Resume', delete: 'Delete' };

export function BulkBar({ jobs, changed, clear }: { jobs: Job[]; changed: () => void; clear: () => void }) {
  return (
    <div class="bulk" role="region" aria-label="What to do with the chosen jobs">
      <span role="status">{count(jobs.length, 'job')} chosen</span>
      {(Object.keys(NAMES) as Bulk[]).map((bulk) => (
        <button key={bulk} type="button" class={bulk === 'delete' ? 'small danger' : 'small'} onClick={() => askForMany(bulk, jobs, changed)}>
          {NAMES[bulk]}
        </button>
      ))}
      <button type="button" class="small bare" onClick={clear}>
        Choose none
      </button>
    </div>
  );
}
