// Before and after, figure by figure, each pair also as two bars on one scale.

import { type Column, Table } from '../../parts/Table';
import { Relative } from '../../parts/Time';
import { spaced } from '../../words/count';
import { differenceWords } from './change';
import { rowsOf, type ComparedRow } from './compared';
import type { WhatIf } from './shape';

const COLUMNS: Column<ComparedRow>[] = [
  { head: 'Figure', title: true, cell: (row) => row.name },
  { head: 'Before', numeric: true, cell: (row) => row.words(row.before) },
  { head: 'After', numeric: true, cell: (row) => <strong>{row.words(row.after)}</strong> },
  { head: 'Difference', numeric: true, cell: (row) => differenceWords(row.before, row.after) },
  { head: 'Before and after, drawn', quiet: true, wideOnly: true, cell: (row) => <Pair row={row} /> },
];

export function Comparison({ answer }: { answer: WhatIf }) {
  return (
    <div class="comparison">
      <Table caption="Predicted before and after" columns={COLUMNS} rows={rowsOf(answer.before, answer.after)} idOf={(row) => row.name} />
      <p class="hint">
        Predicted from what is planned, read <Relative at={answer.agenda.taken_at} />, by a model of queues and workers: retries and runs by hand are not in
        it. Lateness is that of all jobs. Assumed: {assumed(answer.assumptions)}.
      </p>
    </div>
  );
}

function Pair({ row }: { row: ComparedRow }) {
  const most = Math.max(row.before, row.after);
  const length = (value: number) => (most === 0 ? 0 : Math.max(1, (value / most) * 200));
  return (
    <svg class="pair" width="200" height="18" aria-hidden="true">
      <rect class="before" width={length(row.before)} height="7" />
      <rect class="series-0" y="9" width={length(row.after)} height="7" />
    </svg>
  );
}

function assumed(assumptions: Record<string, unknown>): string {
  const said = Object.entries(assumptions).flatMap(([name, value]) =>
    value === null || typeof value === 'object' ? [] : `${spaced(name)} ${typeof value === 'number' ? value.toLocaleString('en') : String(value)}`,
  );
  return said.join(', ') || 'nothing besides';
}
