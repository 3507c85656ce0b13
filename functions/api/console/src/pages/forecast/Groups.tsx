// Whose the starts are: the busiest of a kind, and the rest together. A name narrows the forecast to it.

import type { Schemas } from '../../api/call';
import type { By } from './view';
import { type Column, Table } from '../../parts/Table';
import { count, percent } from '../../words/count';
import type { Change } from './Filters';
import { FILTER_OF } from './view';

interface Row {
  key: string | null;
  jobs: number;
  starts: number;
}

export function Groups({ forecast, by, change }: { forecast: Schemas['Forecast']; by: By; change: Change }) {
  const { top, others, others_start } = forecast[by];
  const rows: Row[] = others > 0 ? [...top, { key: null, jobs: others, starts: others_start }] : top;
  if (rows.length === 0) return <p class="soft">{by === 'targets' ? 'Nothing that is planned calls a host of its owner\'s choice.' : 'Nothing is planned.'}</p>;
  const columns: Column<Row>[] = [
    {
      head: 'Name',
      title: true,
      cell: ({ key, jobs }) =>
        key === null ? (
          <span class="soft">{count(jobs, 'other')}</span>
        ) : (
          <button type="button" class="linkish" title="Show only these" onClick={() => change({ [FILTER_OF[by]]: key })}>
            {key}
          </button>
        ),
    },
    { head: 'Jobs', numeric: true, cell: ({ key, jobs }) => (key === null ? '' : jobs.toLocaleString('en')) },
    { head: 'Starts', numeric: true, cell: ({ starts }) => starts.toLocaleString('en') },
    { head: 'Share', numeric: true, cell: ({ starts }) => (forecast.total === 0 ? '–' : percent(starts / forecast.total)) },
  ];
  return <Table caption="Whose the starts are" columns={columns} rows={rows} idOf={({ key }) => key ?? ''} />;
}

/** A group without a key: all others together. */
export function groupName(key: string | null, by: By): string {
  return key ?? (by === 'targets' ? 'others, or no host' : 'others');
}
