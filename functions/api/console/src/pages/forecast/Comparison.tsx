// Before and after, figure by figure, each pair also as two bars on one scale.

import type { Schemas } from '../../api/call';
import { type Column, Table } from '../../parts/Table';
import { Relative } from '../../parts/Time';
import { count } from '../../words/count';
import { differenceWords } from './change';
import { assumedWords, type ComparedRow, rowsOf } from './compared';
import { trustWords } from './trust';

const COLUMNS: Column<ComparedRow>[] = [
  { head: 'Figure', title: true, cell: (row) => row.name },
  { head: 'Before', numeric: true, cell: (row) => row.words(row.before) },
  { head: 'After', numeric: true, cell: (row) => <strong>{row.words(row.after)}</strong> },
  { head: 'Difference', numeric: true, cell: (row) => (row.before === null || row.after === null ? '' : differenceWords(row.before, row.after)) },
  { head: 'Before and after, drawn', quiet: true, wideOnly: true, cell: (row) => <Pair row={row} /> },
];

export function Comparison({ answer }: { answer: Schemas['WhatIf'] }) {
  return (
    <div class="comparison">
      <Table caption="Predicted before and after" columns={COLUMNS} rows={rowsOf(answer.before, answer.after)} idOf={(row) => row.name} />
      <ul class="trust">
        <li>
          For {count(answer.jobs, 'job')}, predicted from what is planned, read <Relative at={answer.agenda.taken_at} />, by a model of queues and workers.
        </li>
        <li>Assumed before: {assumedWords(answer.assumptions)}.</li>
        {assumedWords(answer.assumptions_after) !== assumedWords(answer.assumptions) && <li>Assumed after: {assumedWords(answer.assumptions_after)}.</li>}
        {answer.before.untold > 0 && <li>{count(answer.before.untold, 'start')} in queues that the model does not know: not in the lateness.</li>}
        {trustWords(answer).map((sentence) => (
          <li key={sentence}>{sentence}</li>
        ))}
      </ul>
    </div>
  );
}

function Pair({ row }: { row: ComparedRow }) {
  const most = Math.max(row.before ?? 0, row.after ?? 0);
  const length = (value: number | null) => (value === null ? 200 : most === 0 ? 0 : Math.max(1, (value / most) * 200));
  return (
    <svg class="pair" width="200" height="18" aria-hidden="true">
      <rect class="before" width={length(row.before)} height="7" />
      <rect class="series-0" y="9" width={length(row.after)} height="7" />
    </svg>
  );
}
