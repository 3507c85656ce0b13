// How far a forecast can be trusted, in sentences: what was estimated, what is not in it, and what is in it as if.

import type { Schemas } from '../../api/call';
import { count } from '../../words/count';

/** What every answer says of how far it can be trusted. */
export type Trust = Pick<Schemas['Forecast'], 'agenda' | 'sample' | 'left_out'>;

export function trustWords({ agenda, sample, left_out }: Trust): string[] {
  const changes = `${agenda.changes_are_more ? 'More than ' : ''}${count(agenda.changes_left_out, 'change')}`;
  const said: (string | false)[] = [
    sample !== null && `An estimate: of ${count(sample.jobs, 'job')} one of ${sample.one_of} was looked at, and counted ${sample.one_of} times.`,
    !agenda.is_whole && 'Not every job could be read: there are more starts than these.',
    agenda.changes_left_out > 0 && `${changes} since then could not be read yet.`,
    left_out.after_others > 0 && `${count(left_out.after_others, 'job')} to start after others: not counted.`,
    left_out.calendars > 0 && `${count(left_out.calendars, 'job')} with calendars: counted as if nothing were excluded.`,
    left_out.unreadable > 0 && `${count(left_out.unreadable, 'job')} whose schedule cannot be read: not counted.`,
    'Retries and runs by hand: not counted.',
  ];
  return said.filter((sentence) => sentence !== false);
}
