import type { Schemas } from '../../api/call';
import { href } from '../../app/router';
import { Fact, Facts } from '../../parts/Facts';
import { Relative, Time } from '../../parts/Time';
import { count } from '../../words/count';
import { reasonWords } from '../../words/reason';
import { span } from '../../words/time';

export function ExecutionFacts({ execution }: { execution: Schemas['Execution'] }) {
  const { hold, offer, progress, used } = execution;
  return (
    <div class="panel">
      {progress && (
        <p class="progress">
          <progress max={100} value={progress.percent} aria-label="Progress" /> {progress.percent} % {progress.message}{' '}
          <span class="faint">
            <Relative at={progress.at} />
          </span>
        </p>
      )}
      <Facts>
        <Fact name="Fire time">
          <Time at={execution.fire_time} both />
        </Fact>
        <Fact name="Started">
          <Time at={execution.started_at} none={execution.finished_at ? 'never' : 'not yet'} />
          {execution.lateness_ms !== null && <div class="hint">{lateness(execution.lateness_ms)}</div>}
        </Fact>
        <Fact name="Ended">
          <Time at={execution.finished_at} none="not yet" />
          {execution.duration_ms !== null && <div class="hint">ran for {span(execution.duration_ms)}</div>}
        </Fact>
        {execution.reason && <Fact name="Reason">{reasonWords(execution.reason)}</Fact>}
        {execution.retry_at && (
          <Fact name="Tried again">
            <Relative at={execution.retry_at} />
          </Fact>
        )}
        {execution.waits_until && !execution.ready_at && (
          <Fact name="Waits for others until">
            <Time at={execution.waits_until} />
          </Fact>
        )}
        {execution.ready_at && (
          <Fact name="Others had ended">
            <Time at={execution.ready_at} />
          </Fact>
        )}
        <Fact name="Attempts">{execution.attempt}</Fact>
        <Fact name="Asked for by">{execution.trigger === 'run_now' ? 'a person' : 'the schedule'}</Fact>
        {execution.stands_for !== null && execution.stands_for > 1 && <Fact name="Stands for">{count(execution.stands_for, 'missed occurrence')}, itself included</Fact>}
        {execution.cause && (
          <Fact name="Because of">
            <a href={href(`/executions/${encodeURIComponent(execution.cause)}`)}>the execution where it began</a>
          </Fact>
        )}
        {hold && (
          <Fact name="Held">
            {hold.note} <span class="faint">since <Time at={hold.since} /></span>
          </Fact>
        )}
        {offer && (
          <Fact name="Offered as">
            <code>{offer.work}</code> <span class="faint">{offer.taken_at ? 'taken' : 'not taken yet'}, until <Time at={offer.until} /></span>
          </Fact>
        )}
        {used && (
          <Fact name="Used of AWS" wide>
            {count(used.requests, 'request')}, {used.read_units} reads, {used.write_units} writes, {span(used.worker_ms)} of worker
          </Fact>
        )}
        {execution.trace_id && (
          <Fact name="Trace" wide>
            <code>{execution.trace_id}</code>
          </Fact>
        )}
        {execution.expires_at && (
          <Fact name="Kept until">
            <Time at={execution.expires_at} />
          </Fact>
        )}
        <Fact name="Id" wide>
          <code>{execution.id}</code>
        </Fact>
      </Facts>
    </div>
  );
}

function lateness(ms: number): string {
  return ms < 0 ? `${span(-ms)} early` : `${span(ms)} late`;
}
