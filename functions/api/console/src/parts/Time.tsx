// Instants. Both clocks are always told: one large, the other beside it or in the title.

import { useStore } from '../state/store';
import { zone as chosenZone } from '../state/choices';
import { useNow } from '../state/visible';
import { clockTime, relative, stamp, timeOfDay, type Zone, zoneLabel } from '../words/time';

const other = (zone: Zone): Zone => (zone === 'utc' ? 'local' : 'utc');

interface Props {
  at: string | number | null | undefined;
  /** Shown where there is no instant. */
  none?: string;
}

/** An instant on the chosen clock. With `both`, the other clock stands below it. */
export function Time({ at, none = '–', both = false }: Props & { both?: boolean }) {
  const zone = useStore(chosenZone);
  const instant = instantOf(at);
  if (instant === undefined) return <span class="faint">{none}</span>;
  return (
    <time class="time" dateTime={new Date(instant).toISOString()} title={stamp(instant, other(zone))}>
      {stamp(instant, zone)}
      {both && <span class="time-other">{stamp(instant, other(zone))}</span>}
    </time>
  );
}

/** Only the time of day, for instants whose day and zone are plain from where they stand; with what is not. */
export function TimeOfDay({ at, none = '–', day = false, zoned = false }: Props & { day?: boolean; zoned?: boolean }) {
  const zone = useStore(chosenZone);
  const instant = instantOf(at);
  if (instant === undefined) return <span class="faint">{none}</span>;
  return (
    <time class="time" dateTime={new Date(instant).toISOString()} title={`${stamp(instant, zone)} · ${stamp(instant, other(zone))}`}>
      {day ? clockTime(instant, zone) : timeOfDay(instant, zone)}
      {zoned && ` ${zoneLabel(instant, zone)}`}
    </time>
  );
}

/** `in 4 min`, kept true; the instant itself is in the title. */
export function Relative({ at, none = '–' }: Props) {
  const zone = useStore(chosenZone);
  const now = useNow();
  const instant = instantOf(at);
  if (instant === undefined) return <span class="faint">{none}</span>;
  return (
    <time class="time" dateTime={new Date(instant).toISOString()} title={`${stamp(instant, zone)} · ${stamp(instant, other(zone))}`}>
      {relative(instant, now)}
    </time>
  );
}

/** How far off, and below it exactly when: what a table's cell says of an instant. */
export function When({ at, none = '–' }: Props) {
  const instant = instantOf(at);
  if (instant === undefined) return <span class="faint">{none}</span>;
  return (
    <span class="when">
      <Relative at={instant} />
      <span class="time-other">
        <Time at={instant} />
      </span>
    </span>
  );
}

export function instantOf(at: string | number | null | undefined): number | undefined {
  if (at === null || at === undefined) return undefined;
  const instant = typeof at === 'number' ? at : Date.parse(at);
  return Number.isNaN(instant) ? undefined : instant;
}
