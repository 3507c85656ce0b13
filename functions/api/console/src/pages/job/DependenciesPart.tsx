// What runs after what, around this job; for a run that is chosen, also how far it has come.

import { useState } from 'preact/hooks';
import { get } from '../../api/call';
import { Empty, FailureNote, Loading } from '../../parts/States';
import { Section } from '../../parts/Page';
import { usePolling } from '../../state/polling';
import type { Job } from '../jobs/actions';
import { Graph } from './Graph';
import { RunChooser } from './RunChooser';

export function DependenciesPart({ job }: { job: Job }) {
  const [run, setRun] = useState('');
  const { data, failure, refresh } = usePolling(`graph/${job.id}/${run}`, (signal) => get('/v1/jobs/{id}/graph', { path: { id: job.id }, query: { run }, signal }), {
    everySeconds: run ? 5 : 30,
  });
  if (!data) return failure ? <FailureNote failure={failure} retry={refresh} /> : <Loading what="Dependencies" />;
  if (data.nodes.length < 2) return <Empty>It runs after no other job, and none runs after it.</Empty>;
  return (
    <Section title={`${data.nodes.length} jobs hang together`} aside={<RunChooser id={job.id} run={run} choose={setRun} />}>
      {failure && <FailureNote failure={failure} retry={refresh} stale />}
      {data.truncated && <p class="hint">There are more than are shown.</p>}
      <Graph graph={data} current={job.id} />
    </Section>
  );
}
