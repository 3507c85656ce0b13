// What a change does to the fire times of the days ahead.

import type { Schemas } from '../../api/call';
import { Time } from '../../parts/Time';
import { count } from '../../words/count';

const SHOWN = 8;

export function FireTimeDiff({ diff }: { diff: Schemas['Diff'] }) {
  const { gained, lost, moved, kept } = diff;
  const days = Math.round((Date.parse(diff.until) - Date.parse(diff.from)) / 86_400_000);
  if (gained.length + lost.length + moved.length === 0) {
    return <p class="soft">Its fire times of the next {days} days stay as they are: {count(kept, 'time')}.</p>;
  }
  return (
    <section>
      <h3>
        Fire times of the next {days} days: {kept.toLocaleString('en')} kept, {moved.length.toLocaleString('en')} moved, {gained.length.toLocaleString('en')} gained,{' '}
        {lost.length.toLocaleString('en')} lost
      </h3>
      {diff.truncated_at && (
        <p class="hint">
          Compared only until <Time at={diff.truncated_at} />: there are too many.
        </p>
      )}
      <ul class="diff">
        {moved.slice(0, SHOWN).map(({ from, to }) => (
          <li key={`m${from.utc}`}>
            <span class="badge tone-busy">moved</span> <Time at={from.utc} /> → <Time at={to.utc} />
          </li>
        ))}
        {gained.slice(0, SHOWN).map(({ utc }) => (
          <li key={`g${utc}`}>
            <span class="badge tone-good">gained</span> <Time at={utc} />
          </li>
        ))}
        {lost.slice(0, SHOWN).map(({ utc }) => (
          <li key={`l${utc}`}>
            <span class="badge tone-bad">lost</span> <Time at={utc} />
          </li>
        ))}
      </ul>
      {Math.max(moved.length, gained.length, lost.length) > SHOWN && <p class="hint">The first {SHOWN} of each are shown.</p>}
    </section>
  );
}
