import { post } from '../../api/call';
import { href } from '../../app/router';
import { Tag } from '../../parts/Badge';
import { Time } from '../../parts/Time';
import { toast, toastFailure } from '../../parts/Toasts';
import { span } from '../../words/time';
import { type Job, unskip } from '../jobs/actions';
import type { Cell } from './cells';

interface Props {
  cell: Cell;
  job: Job;
  changed: () => void;
  writes: boolean;
}

/** The cell of a timeline that is looked at, in full. */
export function OccurrenceDetail({ cell, job, changed, writes }: Props) {
  const { occurrence } = cell;
  return (
    <div class="detail" aria-live="polite">
      <Tag tone={cell.tone} mark={cell.mark} word={cell.word} /> <Time at={cell.at} />
      {cell.latenessMs !== undefined && <span class="soft"> {cell.latenessMs >= 0 ? `${span(cell.latenessMs)} late` : `${span(-cell.latenessMs)} early`}</span>}
      {occurrence?.trigger === 'run_now' && <span class="soft"> by hand</span>}
      {occurrence && <p>{occurrence.explanation}</p>}
      {occurrence?.execution_id && <a href={href(`/executions/${encodeURIComponent(occurrence.execution_id)}`)}>Show the execution</a>}
      {cell.ahead && writes && (
        <button type="button" class="small" onClick={() => void change(job, cell, changed)}>
          {cell.skipped ? 'Let it fire after all' : 'Skip this time'}
        </button>
      )}
    </div>
  );
}

async function change(job: Job, cell: Cell, changed: () => void) {
  const fire_time = new Date(cell.at).toISOString().replace('.000Z', 'Z');
  const skip = () => post('/v1/jobs/{id}/skip', { path: { id: job.id }, body: { fire_time } }).then(changed);
  const take = () => unskip(job.id, fire_time).then(changed);
  try {
    await (cell.skipped ? take() : skip());
    if (cell.skipped) toast('It fires then after all.', { label: 'Skip it', run: skip });
    else toast('It will not fire then.', { label: 'Take back', run: take });
  } catch (error) {
    toastFailure('Nothing was changed', error);
  }
}
