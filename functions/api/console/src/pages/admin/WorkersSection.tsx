// Workers that have registered, of one user at a time.

import { get, type Schemas } from '../../api/call';
import { useQuery } from '../../app/router';
import { Field } from '../../parts/Field';
import { Empty, FailureNote, Loading } from '../../parts/States';
import { type Column, Table } from '../../parts/Table';
import { Relative, When } from '../../parts/Time';
import { usePolling } from '../../state/polling';

const COLUMNS: Column<Schemas['Worker']>[] = [
  {
    head: 'Name',
    title: true,
    cell: (worker) => (
      <>
        {worker.name} <span class="faint mono">{worker.id}</span>
      </>
    ),
  },
  { head: 'Takes', cell: (worker) => worker.works.join(', ') },
  { head: 'Asked for work', cell: (worker) => <Relative at={worker.seen_at} /> },
  { head: 'Registered', cell: (worker) => <When at={worker.registered_at} /> },
];

export function WorkersSection() {
  const [query, change] = useQuery();
  const user = query.get('user') ?? '';
  const workers = usePolling(`workers ${user}`, (signal) => get('/v1/workers', { query: { user }, signal }), { everySeconds: 10 });
  return (
    <>
      <div class="filters" role="search" aria-label="Workers">
        <Field name="user" label="User" hint="Your own, if left empty">
          {(control) => (
            <input {...control} data-filter type="search" autocomplete="off" value={user} onChange={(event) => change({ user: event.currentTarget.value.trim() })} />
          )}
        </Field>
      </div>
      {workers.failure && <FailureNote failure={workers.failure} retry={workers.refresh} stale={workers.data !== undefined} />}
      {workers.loading && <Loading what="the workers" />}
      {workers.data?.items.length === 0 && (
        <Empty>
          <p>{user === '' ? 'You have' : `${user} has`} no workers. They are forgotten a day after they last asked for work.</p>
        </Empty>
      )}
      {workers.data && workers.data.items.length > 0 && <Table caption="Workers" columns={COLUMNS} rows={workers.data.items} idOf={(worker) => worker.id} />}
    </>
  );
}
