// Redrives of many, in words.

import type { Schemas } from '../../api/call';
import { filterOf, filterWords, minutesWords } from './filter';

type Redrive = Schemas['BulkRedrive'];

/** For how long one that has ended is still shown. */
const SHOWN_AFTER_MS = 15 * 60_000;

/** Those under way, and the last that ended, if that was a short while ago. */
export function followed(redrives: readonly Redrive[], now: number): Redrive[] {
  const ended = redrives.find((one) => one.state !== 'releasing' && Date.parse(one.ended_at ?? one.updated_at) > now - SHOWN_AFTER_MS);
  return redrives.filter((one) => one.state === 'releasing' || one === ended);
}

export function progressWords(redrive: Redrive): string {
  const { released, matched, refused, state, at_least, rate_per_minute } = redrive;
  // Those that died between the count and the first release are released, too.
  const counted = released > matched ? '' : ` of ${at_least ? 'at least ' : ''}${matched.toLocaleString('en')}`;
  const of = `${released.toLocaleString('en')}${counted} released`;
  const lost = refused > 0 ? `, ${refused.toLocaleString('en')} could not be: their jobs are deleted` : '';
  const left = Math.max(0, matched - released - refused);
  const rest = state === 'releasing' && left > 0 ? `, the rest ${minutesWords(left, rate_per_minute)}` : '';
  return of + lost + rest;
}

export function filterOfRedrive(redrive: Redrive): string {
  const query = new URLSearchParams();
  for (const [field, value] of Object.entries(redrive.filter)) if (typeof value === 'string') query.set(field, value.replace(/\.\d+Z$/, 'Z'));
  return filterWords(filterOf(query));
}
