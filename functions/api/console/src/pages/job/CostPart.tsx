// What the job's executions have cost of late: an estimate, by what was metered.

import { useState } from 'preact/hooks';
import { get, type Schemas } from '../../api/call';
import { Fact, Facts } from '../../parts/Facts';
import { Section } from '../../parts/Page';
import { FailureNote, Loading } from '../../parts/States';
import { usePolling } from '../../state/polling';
import { count, dollars } from '../../words/count';
import { span } from '../../words/time';
import type { Job } from '../jobs/actions';

const DAYS = [1, 7, 30] as const;

export function CostPart({ job }: { job: Job }) {
  const [days, setDays] = useState<(typeof DAYS)[number]>(1);
  const { data, failure, refresh } = usePolling(`cost/${job.id}/${days}`, (signal) => load(job.id, days, signal), { everySeconds: 120 });
  return (
    <Section
      title="Cost"
      aside={
        <div class="switch" role="group" aria-label="How far back">
          {DAYS.map((one) => (
            <button key={one} type="button" class="small" aria-pressed={one === days} onClick={() => setDays(one)}>
              {count(one, 'day')}
            </button>
          ))}
        </div>
      }
    >
      {failure && <FailureNote failure={failure} retry={refresh} stale={data !== undefined} />}
      {!data && !failure && <Loading what="What it cost" />}
      {data && <Sum {...data} />}
    </Section>
  );
}

function Sum({ cost, isWhole }: { cost: Schemas['Cost']; isWhole: boolean }) {
  const { used } = cost;
  return (
    <>
      <Facts>
        <Fact name={isWhole ? 'At most' : 'The first 1,000 executions, at most'}>
          <strong class="countdown">{dollars(cost.usd)}</strong>
        </Fact>
        <Fact name="Executions">{cost.executions.toLocaleString('en')}</Fact>
        <Fact name="Worker">{span(used.worker_ms)}</Fact>
        <Fact name="Reads">{used.read_units.toLocaleString('en')} units</Fact>
        <Fact name="Writes">{used.write_units.toLocaleString('en')} units</Fact>
        <Fact name="Requests">{used.requests.toLocaleString('en')}</Fact>
        {cost.unmetered > 0 && <Fact name="Not metered">{count(cost.unmetered, 'execution')}, in no sum</Fact>}
      </Facts>
      <p class="hint">At the prices of us-east-1, as if each had been carried out alone. Logs, kept records and what targets cost are not in it.</p>
    </>
  );
}

async function load(id: string, days: number, signal: AbortSignal): Promise<{ cost: Schemas['Cost']; isWhole: boolean }> {
  const until = Math.floor(Date.now() / 1_000) * 1_000;
  const since = new Date(until - days * 86_400_000 + 60_000).toISOString();
  const page = await get('/v1/jobs/{id}/cost', { path: { id }, query: { since }, signal });
  return { cost: page.cost, isWhole: page.next_cursor === null };
}
