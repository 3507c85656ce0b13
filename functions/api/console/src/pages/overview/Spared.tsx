// Hosts that are not called for the moment, for calls to them kept failing: breakers are kept apart by owner.

import { get } from '../../api/call';
import { Badge } from '../../parts/Badge';
import { FailureNote } from '../../parts/States';
import { Relative } from '../../parts/Time';
import { usePolling } from '../../state/polling';
import { count } from '../../words/count';

export function Spared() {
  const breakers = usePolling('host-breakers', (signal) => get('/v1/host-breakers', { signal }), { everySeconds: 15 });
  if (!breakers.data) return breakers.failure ? <FailureNote failure={breakers.failure} retry={breakers.refresh} /> : null;
  const spared = breakers.data.items.filter((breaker) => breaker.state !== 'closed');
  if (spared.length === 0) return <p class="soft">None: calls go to every host.</p>;
  return (
    <ul class="peaks">
      {spared.map((breaker) => (
        <li key={`${breaker.host}:${breaker.port}`}>
          <span>
            <Badge state={breaker.state} /> {breaker.host}:{breaker.port} <span class="soft">opened {count(breaker.trips, 'time')}</span>
          </span>
          <span class="hint">
            tried again <Relative at={breaker.until} />
          </span>
        </li>
      ))}
    </ul>
  );
}
