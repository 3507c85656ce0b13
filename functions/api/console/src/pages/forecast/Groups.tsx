import { type Column, Table } from '../../parts/Table';
import { Time } from '../../parts/Time';
import { percent } from '../../words/count';
import type { Change } from './Filters';
import type { Forecast, Group } from './shape';
import type { View } from './view';

export function Groups({ forecast, view, change }: { forecast: Forecast; view: View; change: Change }) {
  const columns: Column<Group>[] = [
    {
      head: 'Group',
      title: true,
      cell: (group) =>
        group.key === null ? (
          <span class="soft">{groupName(null, view.by)}</span>
        ) : (
          <button type="button" class="linkish" title="Show only these" onClick={() => change({ [view.by]: group.key ?? undefined })}>
            {group.key}
          </button>
        ),
    },
    { head: 'Starts', numeric: true, cell: (group) => group.starts.toLocaleString('en') },
    { head: 'Share', numeric: true, cell: (group) => (forecast.total === 0 ? '–' : percent(group.starts / forecast.total)) },
    {
      head: 'Busiest second',
      numeric: true,
      cell: (group) => (
        <div>
          {group.peak_starts.toLocaleString('en')}
          {group.peak_at && (
            <div class="hint">
              <Time at={group.peak_at} />
            </div>
          )}
        </div>
      ),
    },
  ];
  if (forecast.groups.length === 0) return <p class="soft">Nothing is planned.</p>;
  return <Table caption={`Starts by ${view.by.replace('_', ' ')}`} columns={columns} rows={forecast.groups} idOf={(group) => group.key ?? ''} />;
}

/** A group without a key: the rest together, or what calls no host. */
export function groupName(key: string | null, by: View['by']): string {
  return key ?? (by === 'target' ? 'others, or no host' : 'others');
}
