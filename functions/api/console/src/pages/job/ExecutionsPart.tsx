import { get, type Schemas } from '../../api/call';
import { href } from '../../app/router';
import { Badge } from '../../parts/Badge';
import { PagedTable } from '../../parts/PagedTable';
import type { Column } from '../../parts/Table';
import { Time } from '../../parts/Time';
import { usePaged } from '../../state/paged';
import { reasonWords } from '../../words/reason';
import { span } from '../../words/time';
import type { Job } from '../jobs/actions';

type Execution = Schemas['Execution'];

const idOf = (execution: Execution) => execution.id;
const COLUMNS: Column<Execution>[] = [
  {
    head: 'Fire time',
    title: true,
    cell: (row) => (
      <a href={href(`/executions/${encodeURIComponent(row.id)}`)}>
        <Time at={row.fire_time} />
      </a>
    ),
  },
  { head: 'State', cell: (row) => <Badge state={row.state} /> },
  { head: 'Started', numeric: true, cell: (row) => (row.lateness_ms === null ? '–' : row.lateness_ms < 0 ? `${span(-row.lateness_ms)} early` : `${span(row.lateness_ms)} late`) },
  { head: 'Ran for', numeric: true, cell: (row) => (row.duration_ms === null ? '–' : span(row.duration_ms)) },
  { head: 'Attempts', numeric: true, wideOnly: true, cell: (row) => row.attempt },
  { head: 'By', wideOnly: true, cell: (row) => (row.trigger === 'run_now' ? 'a person' : 'its schedule') },
  { head: 'Why', sparse: true, cell: (row) => whyOf(row) },
];

export function ExecutionsPart({ job }: { job: Job }) {
  const list = usePaged(
    `executions/${job.id}`,
    (cursor, signal) => get('/v1/jobs/{id}/executions', { path: { id: job.id }, query: { cursor, limit: 25 }, signal }),
    idOf,
  );
  return <PagedTable caption="Executions" one="execution" columns={COLUMNS} list={list} idOf={idOf} empty="It has not run yet." />;
}

function whyOf(row: Execution) {
  const last = row.errors.at(-1);
  if (last && row.state !== 'succeeded') return <span class="clamp">{last.detail}</span>;
  return row.reason ? reasonWords(row.reason) : '';
}
