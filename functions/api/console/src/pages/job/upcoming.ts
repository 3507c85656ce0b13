// What a job's schedule has ahead, in words and as times.

import { post, type Schemas } from '../../api/call';
import { usePolling } from '../../state/polling';
import { scheduleWords } from '../../words/schedule';
import type { Job } from '../jobs/actions';

export interface Upcoming {
  words: string;
  /** Fire times, earliest first; none of a job that does not fire. */
  times: number[];
  /** The times that its schedule names, whether it fires or not: how often it does. */
  pace: number[];
}

const AHEAD = 20;

export function useUpcoming(job: Job | undefined): Upcoming | undefined {
  const hasTimes = job !== undefined && job.schedule.kind !== 'after';
  const key = job ? `upcoming/${job.id}/${job.version}` : 'upcoming';
  const { data } = usePolling(key, (signal) => post('/v1/schedules/preview', { body: job && previewOf(job), signal }), { everySeconds: 60, enabled: hasTimes });
  if (!job || !data) return undefined;
  const last = job.last_fire_at ? Date.parse(job.last_fire_at) : Infinity;
  // By the place that the job has: the preview tells the one that it would be given now.
  const moved = (job.spread?.offset_seconds ?? 0) * 1000;
  const pace = data.fire_times.map(({ utc, nominal }) => (nominal ? Date.parse(nominal) + moved : Date.parse(utc)));
  return { words: scheduleWords(data.description, job.schedule), pace, times: job.status === 'active' ? pace.filter((at) => at <= last) : [] };
}

function previewOf(job: Job): Schemas['PreviewRequest'] {
  return {
    schedule: job.schedule,
    job_id: job.id,
    starts_at: job.starts_at,
    ends_at: job.ends_at,
    exclude_calendars: job.exclude_calendars,
    ...(job.spread ? { spread_seconds: job.spread.window_seconds, spread: job.spread.placed } : {}),
    count: AHEAD,
  };
}
