// Lists jobs by filters. The API looks at a bounded number of jobs for each part, so that a part may be empty and still not
// be the last: then it is gone on with, up to a bound of our own.

import { get, type Schemas } from '../../api/call';
import type { Part } from '../../state/paged';

type Job = Schemas['Job'];

export interface JobFilters {
  text: string;
  status: string;
  jobType: string;
  user: string;
}

export interface JobPart extends Part<Job> {
  /** How many jobs were looked at. */
  searched: number;
}

const PARTS_AT_ONCE = 6;

export async function listJobs(filters: JobFilters, cursor: string | undefined, signal?: AbortSignal): Promise<JobPart> {
  const items: Job[] = [];
  let searched = 0;
  let next: string | null | undefined = cursor;
  for (let part = 0; part < PARTS_AT_ONCE; part += 1) {
    const { text, status, jobType, user } = filters;
    const query = { text, status, job_type: jobType, user, cursor: next, limit: 50 };
    const page: Schemas['JobPage'] = await get('/v1/jobs', { query, signal });
    items.push(...page.items);
    searched += page.searched;
    next = page.next_cursor;
    if (!next || items.length > 0) break;
  }
  return { items, next_cursor: next ?? null, searched };
}
