// Everybody's changes, the newest first: who did what to which, and whether it took effect.

import { get, type Schemas } from '../../api/call';
import { href, useQuery } from '../../app/router';
import { Tag } from '../../parts/Badge';
import { Field } from '../../parts/Field';
import { PagedTable } from '../../parts/PagedTable';
import type { Column } from '../../parts/Table';
import { When } from '../../parts/Time';
import { UtcMinute } from '../../parts/UtcMinute';
import { usePaged } from '../../state/paged';
import { spaced } from '../../words/count';

type Audited = Schemas['Audited'];

const FILTERS = [
  ['user', 'By user'],
  ['subject', 'Of the thing with the id'],
  ['from', 'Since, UTC'],
  ['until', 'Before, UTC'],
] as const;

const COLUMNS: Column<Audited>[] = [
  {
    head: 'What',
    title: true,
    cell: (entry) => (
      <>
        {spaced(entry.action)} <Subject entry={entry} />
      </>
    ),
  },
  { head: 'When', cell: (entry) => <When at={entry.at} /> },
  {
    head: 'By',
    cell: (entry) => (
      <div>
        {entry.by} {entry.role && <span class="faint">{entry.role}</span>}
        {entry.owner !== entry.by && <div class="hint">of {entry.owner}</div>}
      </div>
    ),
  },
  { head: 'Applied', cell: (entry) => <Applied applied={entry.applied ?? null} /> },
  {
    head: 'Detail',
    cell: (entry) => (
      <div>
        {entry.detail}
        {typeof entry.version === 'number' && <span> version {entry.version}</span>}
        {entry.request_id && <div class="hint mono">{entry.request_id}</div>}
      </div>
    ),
  },
];

export function AuditSection() {
  const [query, change] = useQuery();
  const asked = Object.fromEntries(FILTERS.map(([name]) => [name, query.get(name) ?? '']));
  const audit = usePaged(
    `audit ${JSON.stringify(asked)}`,
    (cursor, signal) => get('/v1/admin/audit', { query: { ...asked, cursor, limit: 50 }, signal }),
    entryId,
    { everySeconds: 15 },
  );
  return (
    <>
      <div class="filters" role="search" aria-label="Audit">
        {FILTERS.map(([name, label]) => (
          <Field key={name} name={name} label={label}>
            {(control) =>
              name === 'from' || name === 'until' ? (
                <UtcMinute control={control} value={asked[name] ?? ''} change={(value) => change({ [name]: value })} />
              ) : (
                <input
                  {...control}
                  {...(name === 'user' ? { 'data-filter': true } : {})}
                  type="search"
                  placeholder="any"
                  value={asked[name]}
                  onChange={(event) => change({ [name]: event.currentTarget.value.trim() })}
                />
              )
            }
          </Field>
        ))}
      </div>
      <PagedTable
        caption="Changes"
        one="change"
        columns={COLUMNS}
        list={audit}
        idOf={entryId}
        empty={<p>No change matches this filter.</p>}
      />
    </>
  );
}

function entryId(entry: Audited): string {
  const id = 'id' in entry.subject ? entry.subject.id : '';
  return [entry.at, entry.action, entry.subject.kind, id, entry.request_id, entry.version].join(' ');
}

function Subject({ entry: { subject } }: { entry: Audited }) {
  if (!('id' in subject)) return <span class="soft">the service</span>;
  const to = { job: `/jobs/${subject.id}`, execution: `/executions/${encodeURIComponent(subject.id)}`, user: `/admin/users?user=${encodeURIComponent(subject.id)}` }[
    subject.kind as string
  ];
  return (
    <span class="soft">
      {spaced(subject.kind)} {to ? <a href={href(to)}>{subject.id}</a> : subject.id}
    </span>
  );
}

/** An entry is written before its change: whether that took effect is known later, or not at all. */
function Applied({ applied }: { applied: boolean | null }) {
  if (applied === null) return <Tag tone="idle" mark="?" word="unproven" title="That cannot be proved any more" />;
  return applied ? <Tag tone="good" mark="✓" word="applied" /> : <Tag tone="warn" mark="✕" word="not applied" />;
}
