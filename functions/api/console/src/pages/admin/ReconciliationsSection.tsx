// The proofs that everything planned is accounted for: what each found, what it mended, and another one now.

import { get, post, type Schemas } from '../../api/call';
import { Tag } from '../../parts/Badge';
import { confirm } from '../../parts/Confirm';
import { PagedTable } from '../../parts/PagedTable';
import type { Column } from '../../parts/Table';
import { Time, When } from '../../parts/Time';
import { toast } from '../../parts/Toasts';
import { usePaged } from '../../state/paged';
import { mendedWords, verdict } from './reconciliationWords';

type Reconciliation = Schemas['Reconciliation'];

const COLUMNS: Column<Reconciliation>[] = [
  { head: 'Begun', title: true, cell: (one) => <When at={one.began_at} /> },
  {
    head: 'Found',
    cell: (one) => {
      const found = verdict(one);
      return (
        <div>
          <Tag tone={found.tone} mark={found.mark} word={found.word} />
          <div class="hint">{mendedWords(one)}</div>
          {one.examples.length > 0 && <div class="hint mono clamp">{one.examples.join(', ')}</div>}
        </div>
      );
    },
  },
  { head: 'Jobs', numeric: true, cell: (one) => one.jobs.toLocaleString('en') },
  { head: 'Planned', numeric: true, cell: (one) => one.planned.toLocaleString('en') },
  { head: 'Accounted for', numeric: true, cell: (one) => one.accounted.toLocaleString('en') },
  {
    head: 'Window',
    wideOnly: true,
    cell: (one) => (
      <div>
        <Time at={one.window.from} /> to
        <br />
        <Time at={one.window.until} />
      </div>
    ),
  },
];

const idOf = (one: Reconciliation) => `${one.began_at} ${one.window.from}`;

export function ReconciliationsSection() {
  const list = usePaged('reconciliations', (cursor, signal) => get('/v1/admin/reconciliations', { query: { cursor, limit: 20 }, signal }), idOf, {
    everySeconds: 30,
  });
  const ask = () =>
    confirm({
      title: 'Reconcile now',
      body: (
        <p>
          Reads every job and proves that what was planned since the last reconciliation, and has settled, is accounted for. What is missing or stalled is
          sent again. With many jobs that takes minutes and reads all of their rows.
        </p>
      ),
      verb: 'Reconcile',
      run: async () => {
        const done = await post('/v1/admin/reconcile', { body: {} });
        toast(done ? `Reconciled: ${verdict(done).word}; ${mendedWords(done)}.` : 'Nothing has settled since the last one.');
        list.refresh();
      },
    });
  return (
    <>
      <div class="bulk-bar">
        <p class="soft">One runs by itself every hour.</p>
        <button type="button" onClick={ask}>
          Reconcile now…
        </button>
      </div>
      <PagedTable caption="Reconciliations" one="reconciliation" columns={COLUMNS} list={list} idOf={idOf} empty={<p>None has run yet.</p>} />
    </>
  );
}
