import type { Schemas } from '../../api/call';
import { type Column, Table } from '../../parts/Table';
import { Relative } from '../../parts/Time';
import { bytes } from '../../words/count';

interface Use {
  what: string;
  used: number | null;
  allowed: number | null;
}

const COLUMNS: Column<Use>[] = [
  { head: 'Limit', title: true, cell: (use) => use.what },
  { head: 'Used', numeric: true, cell: (use) => (use.used === null ? <span class="faint">not counted</span> : use.used.toLocaleString('en')) },
  { head: 'Allowed', numeric: true, cell: (use) => (use.allowed === null ? 'without limit' : use.allowed.toLocaleString('en')) },
  {
    head: 'Used of it',
    quiet: true,
    cell: (use) => use.used !== null && use.allowed !== null && <progress max={Math.max(1, use.allowed)} value={use.used} aria-label={`Used of ${use.what}`} />,
  },
];

export function PlanFacts({ plan }: { plan: Schemas['Plan'] }) {
  const { limits } = plan;
  const uses: Use[] = [
    { what: 'Jobs created in this minute', used: plan.granted_this_minute, allowed: limits.jobs_per_minute },
    { what: 'Jobs created today', used: plan.granted_today, allowed: limits.jobs_per_day ?? null },
    { what: 'Active and paused jobs, at most', used: plan.live_jobs_at_most ?? null, allowed: limits.live_jobs ?? null },
    { what: 'Executions that run now', used: plan.executing ?? null, allowed: limits.max_concurrent_executions ?? null },
  ];
  return (
    <>
      <Table caption="What is used of the plan" columns={COLUMNS} rows={uses} idOf={(use) => use.what} />
      <p class="hint">
        {plan.assigned ? 'They were given this plan.' : 'It is the default: they were given none.'} A payload may have {bytes(limits.payload_bytes)}.{' '}
        {plan.live_jobs_counted_at && (
          <>
            Jobs were counted <Relative at={plan.live_jobs_counted_at} />.
          </>
        )}
      </p>
    </>
  );
}
