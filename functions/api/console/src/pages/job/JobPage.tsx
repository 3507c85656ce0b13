// One job: how it stands, what became of its occurrences and what comes next, and everything that hangs on it.

import { get } from '../../api/call';
import { type Params, useQuery } from '../../app/router';
import { Page } from '../../parts/Page';
import { FailureNote, Loading } from '../../parts/States';
import { Tabs } from '../../parts/Tabs';
import { usePolling } from '../../state/polling';
import { may, session } from '../../state/session';
import { useStore } from '../../state/store';
import { CostPart } from './CostPart';
import { DefinitionPart } from './DefinitionPart';
import { DependenciesPart } from './DependenciesPart';
import { ExecutionsPart } from './ExecutionsPart';
import { JobActions } from './JobActions';
import { JobFacts } from './JobFacts';
import { JobBadge } from './JobBadge';
import { Timeline } from './Timeline';
import { useUpcoming } from './upcoming';
import { VersionsPart } from './VersionsPart';

const PARTS = [
  { id: 'executions', name: 'Executions' },
  { id: 'dependencies', name: 'Dependencies' },
  { id: 'versions', name: 'Versions' },
  { id: 'definition', name: 'Definition' },
  { id: 'cost', name: 'Cost' },
] as const;

export function JobPage({ params }: { params: Params }) {
  const id = params['id'] ?? '';
  const writes = may(useStore(session), 'writers');
  const [query] = useQuery();
  const shown = PARTS.find((part) => part.id === query.get('show'))?.id ?? 'executions';
  const { data: job, failure, refresh } = usePolling(`job/${id}`, (signal) => get('/v1/jobs/{id}', { path: { id }, signal }));
  const upcoming = useUpcoming(job);

  if (!job) return <Page title="Job">{failure ? <FailureNote failure={failure} retry={refresh} /> : <Loading what="The job" />}</Page>;
  return (
    <Page title={job.name} aside={<JobBadge job={job} />} actions={writes && <JobActions job={job} changed={refresh} />}>
      {failure && <FailureNote failure={failure} retry={refresh} stale />}
      <JobFacts job={job} words={upcoming?.words} />
      <Timeline job={job} upcoming={upcoming} changed={refresh} writes={writes} />
      <Tabs label="Parts of the job" tabs={PARTS} shown={shown} />
      {shown === 'executions' && <ExecutionsPart job={job} />}
      {shown === 'dependencies' && <DependenciesPart job={job} />}
      {shown === 'versions' && <VersionsPart job={job} changed={refresh} writes={writes} />}
      {shown === 'definition' && <DefinitionPart job={job} />}
      {shown === 'cost' && <CostPart job={job} />}
    </Page>
  );
}
