import { useState } from 'preact/hooks';
import { href } from '../../app/router';
import { Badge } from '../../parts/Badge';
import { Empty } from '../../parts/States';
import { type Column, Table } from '../../parts/Table';
import { Time } from '../../parts/Time';
import { lookOf } from '../../words/tone';
import { span } from '../../words/time';
import type { Occurrence } from './occurrences';

const COLUMNS: Column<Occurrence>[] = [
  { head: 'Fire time', title: true, cell: (row) => <Time at={row.fire_time} /> },
  { head: 'Outcome', cell: (row) => <Badge state={row.outcome} /> },
  { head: 'Late', numeric: true, cell: (row) => (row.lateness_ms === null ? '–' : span(row.lateness_ms)) },
  { head: 'Why', sparse: true, cell: (row) => row.explanation },
  { head: 'Execution', quiet: true, cell: (row) => row.execution_id && <a href={href(`/executions/${encodeURIComponent(row.execution_id)}`)}>Show</a> },
];

/** The timeline in words, the latest first. */
export function OccurrenceTable({ items }: { items: Occurrence[] }) {
  const [outcome, setOutcome] = useState('');
  const outcomes = [...new Set(items.map((item) => item.outcome))].sort();
  const rows = items.filter((item) => !outcome || item.outcome === outcome).reverse();
  return (
    <>
      <p class="actions spaced">
        <label>
          Outcome{' '}
          <select value={outcome} onChange={(event) => setOutcome(event.currentTarget.value)}>
            <option value="">any</option>
            {outcomes.map((one) => (
              <option key={one} value={one}>
                {lookOf(one).word}
              </option>
            ))}
          </select>
        </label>
      </p>
      {rows.length > 0 ? <Table caption="Occurrences" columns={COLUMNS} rows={rows} idOf={(row) => row.execution_id ?? row.fire_time} /> : <Empty>Nothing in this window.</Empty>}
    </>
  );
}
