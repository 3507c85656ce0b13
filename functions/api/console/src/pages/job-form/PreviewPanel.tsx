// What the schedule would do: in words, by its next fire times, and where the clock changes under it.

import type { Schemas } from '../../api/call';
import { Problem } from '../../api/problem';
import { Relative } from '../../parts/Time';
import { FailureNote } from '../../parts/States';
import type { Polled } from '../../state/polling';
import { scheduleWords } from '../../words/schedule';
import { period, stamp, weekday } from '../../words/time';
import { ChangesOfClock } from './ChangesOfClock';

type Preview = Schemas['Preview'];

export function PreviewPanel({ preview, ownTimes }: { preview: Polled<Preview>; ownTimes: boolean }) {
  const { data, failure, loading } = preview;
  const refused = failure instanceof Problem && failure.errors.length > 0;
  return (
    <section class="panel preview" aria-labelledby="preview-title" aria-live="polite">
      <h2 id="preview-title">What it would do</h2>
      {!ownTimes && <p class="soft">It runs when the jobs that it is after have. It has no fire times of its own.</p>}
      {ownTimes && loading && <p class="faint">…</p>}
      {ownTimes && refused && <p class="faint">Not to be told as it is now: see what is said beside the schedule.</p>}
      {ownTimes && failure && !refused && <FailureNote failure={failure} retry={preview.refresh} />}
      {ownTimes && data && !failure && <Told preview={data} />}
    </section>
  );
}

function Told({ preview }: { preview: Preview }) {
  const { fire_times: times, clock_changes: changes, spread } = preview;
  const resolved = preview.schedule.kind === 'cron' ? preview.schedule.resolved : undefined;
  return (
    <>
      <p class="words">{scheduleWords(preview.description, preview.schedule)}</p>
      {resolved && (
        <p class="hint">
          With its own values: <code>{resolved}</code>
        </p>
      )}
      {spread && <p class="hint">{spreadWords(spread)}</p>}
      <ChangesOfClock changes={changes} timezone={preview.timezone} />
      <h3>{times.length === 0 ? 'It never fires' : times.length < 10 ? 'All fire times' : 'Next fire times'}</h3>
      <ol class="fire-times">
        {times.map((time) => (
          <FireTime key={time.utc} time={time} timezone={preview.timezone} changes={changes} />
        ))}
      </ol>
    </>
  );
}

function spreadWords({ window_seconds, offset_seconds, placed }: NonNullable<Preview['spread']>): string {
  const where = placed === 'auto' ? 'the quietest second of its window, by the forecast' : 'a second of its own in the window';
  return `Moved by ${period(offset_seconds)} into a window of ${period(window_seconds)}: ${where}.`;
}

interface FireTimeProps {
  time: Schemas['PlannedTime'];
  timezone: string;
  changes: Schemas['ClockChange'][];
}

function FireTime({ time, timezone, changes }: FireTimeProps) {
  const at = Date.parse(time.utc);
  const near = changes.some((change) => Math.abs(Date.parse(change.at) - at) < 12 * 3_600_000);
  return (
    <li class={near ? 'near-change' : undefined}>
      <span>
        <span class="faint">{weekday(at, { iana: timezone })}</span> {time.local.slice(0, 19).replace('T', ' ')} <span class="faint">{timezone === 'UTC' ? 'UTC' : offset(time.local)}</span>
        {near && <span class="badge tone-warn">clock changes</span>}
      </span>
      <span class="time-other">
        {timezone === 'UTC' ? stamp(at, 'local') : stamp(at, 'utc')} · <Relative at={at} />
      </span>
    </li>
  );
}

/** `+01:00` of `2026-11-28T12:00:00+01:00`. */
const offset = (local: string) => local.slice(19) || '';
