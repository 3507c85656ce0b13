// A schedule in a line, without asking the API: its own notation, and the zone where that matters. The API's words, which
// need a call each, are shown where one schedule is looked at.

import type { Schemas } from '../api/call';
import { count } from './count';
import { clockTime, period } from './time';

type Schedule = Schemas['Schedule'];

export interface InShort {
  text: string;
  /** Written as code. */
  code?: string;
  zone?: string;
}

export function scheduleInShort(schedule: Schedule, after: readonly string[] = []): InShort {
  switch (schedule.kind) {
    case 'cron':
      return { text: 'cron', code: schedule.expression, ...zone(schedule.timezone) };
    case 'rrule':
      return { text: 'rule', code: schedule.rule, ...zone(schedule.timezone) };
    case 'every':
      return { text: `every ${period(schedule.seconds)}` };
    case 'once':
      if ('at' in schedule) return { text: `once, ${clockTime(Date.parse(schedule.at), 'utc')} UTC` };
      return { text: `once, ${schedule.local.replace('T', ' ')}`, zone: schedule.timezone };
    case 'after':
      return { text: `after ${count(after.length, 'job')}` };
  }
}

/** The API's words; of a period without the instant that it is counted from, which is hardly ever what one asks. */
export function scheduleWords(description: string, schedule: Schedule): string {
  return schedule.kind === 'every' ? description.replace(/ from \S+ on$/, '') : description;
}

const zone = (name: string | null | undefined) => ({ zone: name ?? 'UTC' });
