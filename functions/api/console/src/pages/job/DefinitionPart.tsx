import { get } from '../../api/call';
import { Json } from '../../parts/Json';
import { FailureNote, Loading } from '../../parts/States';
import { usePolling } from '../../state/polling';
import type { Job } from '../jobs/actions';

/** What the API would be given to make this job, as it is now. */
export function DefinitionPart({ job }: { job: Job }) {
  const { id, version } = job;
  const { data, failure, refresh } = usePolling(
    `definition/${id}/${version}`,
    (signal) => get('/v1/jobs/{id}/versions/{version}', { path: { id, version }, signal }),
    { everySeconds: 3_600 },
  );
  return (
    <div class="panel">
      {failure && <FailureNote failure={failure} retry={refresh} />}
      {!data && !failure && <Loading what="The definition" />}
      {data && <Json value={data.definition} label="The definition, as JSON" />}
    </div>
  );
}
