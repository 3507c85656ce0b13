import { Badge } from '../../parts/Badge';
import { isDeleted, type Job } from '../jobs/actions';

export function JobBadge({ job }: { job: Job }) {
  const word = isDeleted(job) ? 'deleted' : job.pause?.automatic ? 'paused for its failures' : undefined;
  return <Badge state={job.status} {...(word ? { word } : {})} />;
}
