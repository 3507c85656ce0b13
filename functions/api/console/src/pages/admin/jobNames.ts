// What the jobs are called that changes are about. One request asks for those of one user, whose are most of the changes that
// are seen first; the others keep their id.

import { get, type Schemas } from '../../api/call';
import { usePolling } from '../../state/polling';
import { mostOfWhom } from './auditWords';

export type Names = ReadonlyMap<string, string>;

const NONE: Names = new Map();
const MOST = 100;
/** About as many changes as a screen shows. */
const SEEN_FIRST = 15;

export function useJobNames(entries: readonly Schemas['Audited'][]): Names {
  const user = mostOfWhom(entries.slice(0, SEEN_FIRST));
  const jobs = usePolling(`names ${user}`, (signal) => get('/v1/jobs', { query: { user, limit: MOST }, signal }), {
    everySeconds: 300,
    enabled: user !== undefined,
  });
  return jobs.data ? new Map(jobs.data.items.map(({ id, name }) => [id, name])) : NONE;
}
