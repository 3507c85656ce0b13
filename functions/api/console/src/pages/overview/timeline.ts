// The hour behind and the hour ahead as one chart: what was measured up to now, what is planned from now on. The present
// minute has both: what of it has begun so far, and what it will have had by its end.

import type { Schemas } from '../../api/call';

const MINUTE = 60;

export interface Timeline {
  /** Unix seconds, a minute apart. */
  times: number[];
  started: (number | null)[];
  bad: (number | null)[];
  planned: (number | null)[];
  p50: (number | null)[];
  p99: (number | null)[];
}

export function timeline(past: readonly Schemas['ActivityMinute'][], ahead: { first_minute: string; minutes: readonly number[] } | null): Timeline {
  const made: Timeline = { times: [], started: [], bad: [], planned: [], p50: [], p99: [] };
  const byTime = new Map(past.map((minute) => [Date.parse(minute.at) / 1000, minute]));
  const aheadFrom = ahead ? Math.floor(Date.parse(ahead.first_minute) / 60_000) * MINUTE : 0;
  const known = [...byTime.keys(), ...(ahead?.minutes.map((_, index) => aheadFrom + index * MINUTE) ?? [])];
  if (known.length === 0) return made;
  const last = Math.max(...known);
  for (let at = Math.min(...known); at <= last; at += MINUTE) {
    const minute = byTime.get(at);
    made.times.push(at);
    made.started.push(minute?.started ?? null);
    made.bad.push(minute ? minute.failed + minute.dead : null);
    made.p50.push(minute?.lateness_p50_ms ?? null);
    made.p99.push(minute?.lateness_p99_ms ?? null);
    made.planned.push(ahead && at >= aheadFrom ? (ahead.minutes[(at - aheadFrom) / MINUTE] ?? null) : null);
  }
  return made;
}

/** What the minutes come to together. */
export interface Totals {
  started: number;
  succeeded: number;
  bad: number;
  skipped: number;
  /** Of those that ended well or badly; `null` if none did. */
  successRate: number | null;
  /** The worst minute's, for percentiles of minutes cannot be added up. */
  worstP99: number | null;
  /** The middle minute's. */
  usualP50: number | null;
  /** Starts per second in the last whole minute. */
  perSecond: number | null;
}

export function totals(minutes: readonly Schemas['ActivityMinute'][]): Totals {
  const sum = (of: (minute: Schemas['ActivityMinute']) => number) => minutes.reduce((all, minute) => all + of(minute), 0);
  const succeeded = sum((minute) => minute.succeeded);
  const bad = sum((minute) => minute.failed + minute.dead);
  const p50s = minutes.flatMap((minute) => minute.lateness_p50_ms ?? []).sort((a, b) => a - b);
  const p99s = minutes.flatMap((minute) => minute.lateness_p99_ms ?? []);
  const whole = minutes.filter((minute) => minute.is_settled);
  const last = whole[whole.length - 1];
  return {
    started: sum((minute) => minute.started),
    succeeded,
    bad,
    skipped: sum((minute) => minute.skipped),
    successRate: succeeded + bad === 0 ? null : succeeded / (succeeded + bad),
    worstP99: p99s.length === 0 ? null : Math.max(...p99s),
    usualP50: p50s[Math.floor((p50s.length - 1) / 2)] ?? null,
    perSecond: last ? last.started / 60 : null,
  };
}
