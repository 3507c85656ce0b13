// One execution: how it stands, where its time went, what was asked and what was answered.

import { useEffect, useState } from 'preact/hooks';
import { get, type Schemas } from '../../api/call';
import { Problem } from '../../api/problem';
import type { Params } from '../../app/router';
import { href } from '../../app/router';
import { Badge } from '../../parts/Badge';
import { Page, Section } from '../../parts/Page';
import { Empty, FailureNote, Loading } from '../../parts/States';
import { Time } from '../../parts/Time';
import { usePolling } from '../../state/polling';
import { may, session } from '../../state/session';
import { useStore } from '../../state/store';
import { useNow } from '../../state/visible';
import { CancelButton } from './CancelButton';
import { AttemptErrors } from './AttemptErrors';
import { ExecutionFacts } from './ExecutionFacts';
import { attemptsOf } from './phases';
import { Output } from './Output';
import { Request } from './Request';
import { Waterfall } from './Waterfall';

const ENDED: readonly Schemas['ExecutionState'][] = ['succeeded', 'failed', 'dead', 'skipped', 'canceled'];
export const hasEnded = ({ state }: Schemas['Execution']) => ENDED.includes(state);

export function ExecutionPage({ params }: { params: Params }) {
  const id = params['id'] ?? '';
  const writes = may(useStore(session), 'writers');
  const [everySeconds, setPace] = useState(2);
  const { data, failure, refresh } = usePolling(`execution/${id}`, (signal) => load(id, signal), { everySeconds });
  const execution = data ?? undefined;
  const ended = execution !== undefined && hasEnded(execution);
  // What has ended changes only if it is redriven.
  useEffect(() => setPace(ended ? 60 : 2), [ended]);
  const jobId = execution?.job_id;
  const { data: job } = usePolling(`job/${jobId}`, (signal) => get('/v1/jobs/{id}', { path: { id: jobId ?? '' }, signal }), { everySeconds: 60, enabled: jobId !== undefined });

  if (data === null) return <NotYet id={id} />;
  if (!execution) return <Page title="Execution">{failure ? <FailureNote failure={failure} retry={refresh} /> : <Loading what="The execution" />}</Page>;
  return (
    <Page
      title={`${job?.name ?? 'Execution'}, ${execution.fire_time}`}
      heading={
        <>
          {job ? <a href={href(`/jobs/${job.id}`)}>{job.name}</a> : 'Execution'} <span class="soft at-time">at <Time at={execution.fire_time} /></span>
        </>
      }
      aside={<Badge state={execution.state} />}
      actions={writes && !hasEnded(execution) && <CancelButton execution={execution} changed={refresh} />}
    >
      {failure && <FailureNote failure={failure} retry={refresh} stale />}
      <ExecutionFacts execution={execution} />
      <Timing execution={execution} />
      {execution.errors.length > 0 && <AttemptErrors errors={execution.errors} />}
      <div class="two-columns">
        <Request execution={execution} />
        <Output execution={execution} />
      </div>
    </Page>
  );
}

function Timing({ execution }: { execution: Schemas['Execution'] }) {
  const attempts = attemptsOf(execution, useNow());
  return (
    <Section title="Where the time went">
      {attempts.length > 0 ? <Waterfall attempts={attempts} /> : <p class="soft">It has not been sent to a worker.</p>}
    </Section>
  );
}

/** Null where there is no record: of a run that was just asked for, there is none until a worker takes it up. */
async function load(id: string, signal: AbortSignal): Promise<Schemas['Execution'] | null> {
  try {
    return await get('/v1/executions/{id}', { path: { id }, signal });
  } catch (error) {
    if (error instanceof Problem && error.status === 404) return null;
    throw error;
  }
}

function NotYet({ id }: { id: string }) {
  return (
    <Page title="Execution">
      <Empty>
        <p>There is no record of this execution. If it was just asked for, it appears here as soon as a worker has taken it up.</p>
        <p>
          <code>{id}</code>
        </p>
      </Empty>
    </Page>
  );
}
