// A busy second in words, but for its time, which is told on the clock that one has chosen: the API's own words are in UTC.

import type { Schemas } from '../api/call';
import { count } from './count';

type Said = Pick<Schemas['Peak'], 'starts' | 'cadences'>;

/** `5,012 starts, 84 % hourly`, as the API says it. */
export function peakWords({ starts, cadences }: Said): string {
  const [most] = cadences;
  if (!most) return count(starts, 'start');
  const percent = Math.floor((most.starts * 100) / Math.max(1, starts));
  // Two numbers in a row would read as one.
  const ofThem = /^\d/.test(most.cadence) ? 'of them ' : '';
  return `${count(starts, 'start')}, ${percent} % ${ofThem}${most.cadence}`;
}
