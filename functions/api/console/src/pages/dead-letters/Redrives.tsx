// The redrives of many that are under way, and the last ones that ended: how far each has come, and a way to stop it.

import { useEffect } from 'preact/hooks';
import { get, post, type Schemas } from '../../api/call';
import { Badge } from '../../parts/Badge';
import { confirm } from '../../parts/Confirm';
import { Section } from '../../parts/Page';
import { Relative } from '../../parts/Time';
import { toast } from '../../parts/Toasts';
import { usePolling } from '../../state/polling';
import { followed, filterOfRedrive, progressWords } from './redriveWords';

interface Props {
  /** Grows whenever one was asked for here. */
  asked: number;
  /** More letters have been released since the list was read. */
  changed: () => void;
  mayAct: boolean;
}

export function Redrives({ asked, changed, mayAct }: Props) {
  const redrives = usePolling('redrives', (signal) => get('/v1/dead-letters/redrives', { query: { limit: 20 }, signal }), { everySeconds: 5 });
  useEffect(() => {
    if (asked > 0) redrives.refresh();
  }, [asked]);
  const shown = followed(redrives.data?.items ?? [], Date.now());
  const released = shown.reduce((sum, one) => sum + one.released, 0);
  useEffect(() => {
    if (released > 0) changed();
  }, [released]);

  // Without any, or while they cannot be read, the list says enough.
  if (shown.length === 0) return null;
  return (
    <Section title="Redrives of many">
      <ul class="redrives">
        {shown.map((redrive) => (
          <RedriveLine key={redrive.id} redrive={redrive} refresh={redrives.refresh} mayAct={mayAct} />
        ))}
      </ul>
    </Section>
  );
}

function RedriveLine({ redrive, refresh, mayAct }: { redrive: Schemas['BulkRedrive']; refresh: () => void; mayAct: boolean }) {
  const left = Math.max(0, redrive.matched - redrive.released - redrive.refused);
  const cancel = () =>
    confirm({
      title: 'Stop this redrive',
      body: (
        <p>
          {left.toLocaleString('en')} of {redrive.matched.toLocaleString('en')} will not be redriven. What was released stays released.
        </p>
      ),
      verb: 'Stop it',
      danger: true,
      run: async () => {
        await post('/v1/dead-letters/redrives/{id}/cancel', { path: { id: redrive.id } });
        toast('The redrive is stopped.');
        refresh();
      },
    });
  return (
    <li>
      <Badge state={redrive.state} />
      <progress max={Math.max(1, redrive.matched)} value={redrive.released + redrive.refused} aria-label="Released" />
      <span role="status">{progressWords(redrive)}</span>
      <span class="soft">
        {filterOfRedrive(redrive)}, asked by {redrive.by} <Relative at={redrive.requested_at} />
      </span>
      {redrive.state === 'releasing' && mayAct && (
        <button type="button" class="small" onClick={cancel}>
          Stop
        </button>
      )}
    </li>
  );
}
