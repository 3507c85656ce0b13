import type { Schemas } from '../../api/call';
import { Time } from '../../parts/Time';

/** The changes of the clock that a schedule meets within a year, in plain language. */
export function ChangesOfClock({ changes, timezone }: { changes: Schemas['ClockChange'][]; timezone: string }) {
  if (changes.length === 0) return null;
  return (
    <div class="note tone-warn">
      <strong>The clock of {timezone} changes under it</strong>
      <ul>
        {changes.map((change) => (
          <li key={change.at}>
            <Time at={change.at} />: {wallTimes(change)} {change.description}
          </li>
        ))}
      </ul>
    </div>
  );
}

function wallTimes({ kind, local_from, local_until }: Schemas['ClockChange']): string {
  const [from, until] = [local_from, local_until].map((time) => time.slice(11, 16));
  return kind === 'gap' ? `${from} to ${until} is left out.` : `${from} to ${until} comes twice.`;
}
