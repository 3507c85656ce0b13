// Holds: keep a host, a job type or a user from starting anything, and let go what has come together.

import { useState } from 'preact/hooks';
import { get } from '../../api/call';
import { PagedTable } from '../../parts/PagedTable';
import { usePaged } from '../../state/paged';
import { holdColumns } from './holdColumns';
import { PlaceHoldDialog } from './PlaceHoldDialog';
import { ReleaseDialog } from './ReleaseDialog';
import type { Hold } from './holdWords';

const idOf = (hold: Hold) => hold.id;

export function HoldsSection() {
  const [placing, place] = useState(false);
  const [releasing, release] = useState<Hold>();
  const holds = usePaged('holds', (cursor, signal) => get('/v1/admin/holds', { query: { cursor, limit: 50 }, signal }), idOf, { everySeconds: 5 });
  return (
    <>
      <div class="bulk-bar">
        <p class="soft">What is held waits; attempts that run go on. A hold is in effect three seconds after it was placed.</p>
        <button type="button" class="primary" onClick={() => place(true)}>
          Place a hold…
        </button>
      </div>
      <PagedTable
        caption="Holds"
        one="hold"
        columns={holdColumns(release, holds.refresh)}
        list={holds}
        idOf={idOf}
        empty={<p>Nothing is held, and nothing was in the last 30 days.</p>}
      />
      {placing && <PlaceHoldDialog close={() => place(false)} placed={holds.refresh} />}
      {releasing && <ReleaseDialog hold={releasing} close={() => release(undefined)} released={holds.refresh} />}
    </>
  );
}
