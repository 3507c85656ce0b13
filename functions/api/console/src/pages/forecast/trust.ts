// How far a forecast can be trusted, in sentences: as of when, of how many jobs, what was estimated, what is not in it.

import { count } from '../../words/count';
import type { Trust } from './shape';

export function trustWords(trust: Trust): string[] {
  const { agenda } = trust;
  const said: string[] = [];
  if (trust.is_estimate) {
    said.push(
      trust.sampled_one_of > 1
        ? `An estimate: one job of ${trust.sampled_one_of} was counted, and counted ${trust.sampled_one_of} times.`
        : 'An estimate.',
    );
  }
  if (!agenda.is_whole) said.push('Not every job could be read: there are more starts than these.');
  if (agenda.changes_left_out > 0) {
    const more = agenda.changes_are_more ? 'more than ' : '';
    said.push(`${more}${count(agenda.changes_left_out, 'job')} changed since the agenda was taken and ${agenda.changes_left_out === 1 ? 'is' : 'are'} counted as before.`);
  }
  if (trust.left_out.after_others > 0) {
    said.push(`${count(trust.left_out.after_others, 'job')} that ${trust.left_out.after_others === 1 ? 'starts' : 'start'} after others ${trust.left_out.after_others === 1 ? 'is' : 'are'} not in it.`);
  }
  if (trust.calendars > 0) {
    said.push(`${count(trust.calendars, 'job')} with calendars ${trust.calendars === 1 ? 'is' : 'are'} counted as if nothing were excluded.`);
  }
  said.push('Retries and runs by hand are not in it.');
  return said;
}
