import { del, post } from '../../api/call';
import { Badge } from '../../parts/Badge';
import { confirm } from '../../parts/Confirm';
import type { Column } from '../../parts/Table';
import { Relative, When } from '../../parts/Time';
import { toast, toastFailure } from '../../parts/Toasts';
import { type Hold, heldCount, heldWords, liftWords } from './holdWords';

export function holdColumns(release: (hold: Hold) => void, refresh: () => void): Column<Hold>[] {
  return [
    {
      head: 'What is held',
      title: true,
      cell: (hold) => (
        <>
          {heldWords(hold)}
          <div class="hint">{hold.note}</div>
        </>
      ),
    },
    {
      head: 'State',
      cell: (hold) => (
        <div>
          <Badge state={hold.state} />
          {hold.state === 'releasing' && <div class="hint">{hold.release_per_minute === null ? 'at once' : `${hold.release_per_minute} a minute`}</div>}
        </div>
      ),
    },
    {
      head: 'Waiting',
      numeric: true,
      cell: (hold) => (
        <div>
          {heldCount(hold)}
          {hold.oldest_fire_time && (
            <div class="hint">
              oldest due <Relative at={hold.oldest_fire_time} />
            </div>
          )}
        </div>
      ),
    },
    { head: 'Let go', numeric: true, cell: (hold) => hold.released.toLocaleString('en') },
    {
      head: 'Placed',
      wideOnly: true,
      cell: (hold) => (
        <div>
          <When at={hold.placed_at} />
          <div class="hint">by {hold.by}</div>
        </div>
      ),
    },
    { head: 'Until', cell: (hold) => <When at={hold.lifted_at ?? hold.until} /> },
    { head: 'Actions', quiet: true, cell: (hold) => <Actions {...{ hold, release, refresh }} /> },
  ];
}

function Actions({ hold, release, refresh }: { hold: Hold; release: (hold: Hold) => void; refresh: () => void }) {
  if (hold.state === 'over' || hold.state === 'lifted') return null;
  const path = { id: hold.id };
  const pause = async () => {
    try {
      await post('/v1/admin/holds/{id}/pause', { path });
      toast(`The release of ${heldWords(hold)} is paused.`);
      refresh();
    } catch (error) {
      toastFailure('Not paused', error);
    }
  };
  const lift = () =>
    confirm({
      title: `Lift the hold on ${heldWords(hold)}`,
      body: <p>{liftWords(hold)}</p>,
      verb: 'Lift it',
      danger: true,
      run: async () => {
        await del('/v1/admin/holds/{id}', { path });
        toast(`The hold on ${heldWords(hold)} is lifted.`);
        refresh();
      },
    });
  return (
    <div class="actions">
      <button type="button" class="small" onClick={() => release(hold)}>
        {hold.state === 'releasing' ? 'Change the rate…' : 'Release…'}
      </button>
      {hold.state === 'releasing' && (
        <button type="button" class="small" onClick={pause}>
          Pause
        </button>
      )}
      <button type="button" class="small danger" onClick={lift}>
        Lift…
      </button>
    </div>
  );
}
