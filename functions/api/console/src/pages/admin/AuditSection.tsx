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
import { jobOf, sentenceOf } from './auditWords';
import { type Names, useJobNames } from './jobNames';

type Audited = Schemas['Audited'];

const FILTERS = [
  ['user', 'By user'],
  ['subject', 'Of the thing with the id'],
  ['from', 'Since, UTC'],
  ['until', 'Before, UTC'],
] as const;

const COLUMNS: Column<Audited>[] = [
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

const columns = (names: Names): Column<Audited>[] => [{ head: 'What', title: true, cell: (entry) => <What entry={entry} names={names} /> }, ...COLUMNS];

export function AuditSection() {
  const [query, change] = useQuery();
  const asked = Object.fromEntries(FILTERS.map(([name]) => [name, query.get(name) ?? '']));
  const audit = usePaged(
    `audit ${JSON.stringify(asked)}`,
    (cursor, signal) => get('/v1/admin/audit', { query: { ...asked, cursor, limit: 50 }, signal }),
    entryId,
    { everySeconds: 15 },
  );
  const names = useJobNames(audit.items);
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
        columns={columns(names)}
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

function What({ entry, names }: { entry: Audited; names: Names }) {
  const { did, to, rest } = sentenceOf(entry);
  return (
    <>
      {did} <span class="soft">{to}</span> <Subject entry={entry} names={names} />
      <span class="soft">{rest}</span>
    </>
  );
}

/** By its job's name, where that is known; the id is in the title then. */
function Subject({ entry, names }: { entry: Audited; names: Names }) {
  const { subject } = entry;
  if (!('id' in subject)) return null;
  const job = jobOf(entry);
  const name = job && names.get(job);
  const said = name ?? job ?? subject.id;
  const to = placeOf(subject);
  if (!to) return <span class="soft">{said}</span>;
  return (
    <a href={href(to)} class={name ? undefined : 'soft'} title={said === subject.id ? undefined : subject.id}>
      {said}
    </a>
  );
}

function placeOf({ kind, id }: { kind: string; id: string }): string | undefined {
  if (kind === 'job') return `/jobs/${id}`;
  if (kind === 'execution') return `/executions/${encodeURIComponent(id)}`;
  return kind === 'user' ? `/admin/users?user=${encodeURIComponent(id)}` : undefined;
}

/** An entry is written before its change: whether that took effect is known later, or not at all. */
function Applied({ applied }: { applied: boolean | null }) {
  if (applied === null) return <Tag tone="idle" mark="?" word="unproven" title="That cannot be proved any more" />;
  return applied ? <Tag tone="good" mark="✓" word="applied" /> : <Tag tone="warn" mark="✕" word="not applied" />;
}
