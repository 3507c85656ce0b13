// A heat map as a table: each row's sum and its busiest minute. For who cannot see colours, or wants the figures.

import { type Column, Table } from '../../parts/Table';
import { timeOfDay, type Zone } from '../../words/time';
import type { TimeGrid } from './grids';

interface RowSum {
  at: number;
  starts: number;
  busiestAt: number;
  busiest: number;
}

export function RowSums({ grid, caption, rowName, clock }: { grid: TimeGrid; caption: string; rowName: (at: number) => string; clock: Zone }) {
  const columns: Column<RowSum>[] = [
    { head: 'From', title: true, cell: (row) => rowName(row.at) },
    { head: 'Starts', numeric: true, cell: (row) => row.starts.toLocaleString('en') },
    {
      head: 'Busiest minute',
      numeric: true,
      cell: (row) => (row.busiest === 0 ? 'none' : `${timeOfDay(row.busiestAt, clock).slice(0, 5)}: ${row.busiest.toLocaleString('en')}`),
    },
  ];
  return (
    <details class="as-table">
      <summary>As a table</summary>
      <Table caption={caption} columns={columns} rows={rowSums(grid)} idOf={(row) => String(row.at)} />
    </details>
  );
}

export function rowSums(grid: TimeGrid): RowSum[] {
  const rows: RowSum[] = [];
  for (let first = 0; first < grid.values.length; first += grid.columns) {
    const at = grid.start + first * grid.cellMs;
    const row: RowSum = { at, starts: 0, busiestAt: at, busiest: 0 };
    for (let cell = first; cell < first + grid.columns; cell += 1) {
      row.starts += grid.values[cell] ?? 0;
      const busiest = grid.busiest[cell];
      if (busiest && busiest.starts > row.busiest) {
        row.busiest = busiest.starts;
        row.busiestAt = busiest.at;
      }
    }
    rows.push(row);
  }
  return rows;
}
