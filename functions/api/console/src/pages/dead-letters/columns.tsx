import { href } from '../../app/router';
import { Badge } from '../../parts/Badge';
import type { Column } from '../../parts/Table';
import { When } from '../../parts/Time';
import { count, spaced } from '../../words/count';
import { reasonWords } from '../../words/reason';
import type { Letter } from './DeadLettersPage';

/** `search` is the list's filter, which a letter's address keeps, so that one comes back to it. */
export function columns(search: string, ofMany: boolean): Column<Letter>[] {
  const all: (Column<Letter> | false)[] = [
    {
      head: 'Job',
      title: true,
      cell: (letter) => (
        <>
          <a href={href(`/dead-letters/${encodeURIComponent(letter.execution_id)}${search}`)}>{letter.job_name}</a> <span class="faint">{letter.job_type}</span>
        </>
      ),
    },
    ofMany && { head: 'User', cell: (letter) => letter.user },
    {
      head: 'Status',
      cell: (letter) => (
        <div>
          <Badge state={letter.status} />
          {letter.status === 'redriven' && (
            <span class="hint">
              {' '}
              now <Badge state={letter.state_now} />
            </span>
          )}
        </div>
      ),
    },
    {
      head: 'Why',
      cell: (letter) => (
        <div>
          {letter.reason ? reasonWords(letter.reason) : spaced(letter.state)}
          <div class="hint clamp">{letter.note ?? letter.error}</div>
        </div>
      ),
    },
    { head: 'Attempts', numeric: true, cell: (letter) => letter.attempt, wideOnly: true },
    { head: 'Due', cell: (letter) => <When at={letter.fire_time} />, wideOnly: true },
    { head: 'Ended', cell: (letter) => <When at={letter.finished_at} /> },
  ];
  return all.filter((column) => column !== false);
}

export const letters = (number: number) => count(number, 'dead letter');
