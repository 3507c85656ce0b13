import { ScheduleInShort } from '../../parts/ScheduleInShort';
import { Fact, Facts } from '../../parts/Facts';
import { Relative, Time } from '../../parts/Time';
import { period } from '../../words/time';
import type { Job } from '../jobs/actions';

export function JobFacts({ job, words }: { job: Job; words: string | undefined }) {
  return (
    <div class="panel">
      <Facts>
        <Fact name="Next fire">
          {job.next_fire_at ? (
            <>
              <strong class="countdown">
                <Relative at={job.next_fire_at} />
              </strong>
              <Time at={job.next_fire_at} both />
            </>
          ) : (
            <span class="faint">{noneBecause(job)}</span>
          )}
        </Fact>
        <Fact name="Schedule" wide>
          {words && <div>{words}</div>}
          {(!words || 'expression' in job.schedule || 'rule' in job.schedule) && <ScheduleInShort schedule={job.schedule} after={job.after} />}
          {job.schedule.kind === 'every' && job.schedule.anchor_at && (
            <div class="hint">
              counted from <Time at={job.schedule.anchor_at} />
            </div>
          )}
          {job.spread && (
            <div class="hint">
              moved by {period(job.spread.offset_seconds)} within {period(job.spread.window_seconds)}
              {job.spread.placed === 'auto' && ', to its quietest second'}
            </div>
          )}
        </Fact>
        <Fact name="Type">{job.job_type}</Fact>
        <Fact name="Priority">
          {job.priority} <span class="faint">{job.band}</span>
        </Fact>
        {job.pause?.note && <Fact name="Paused because">{job.pause.note}</Fact>}
        <Fact name="Version">
          {job.version}
          <div class="hint">
            since <Time at={job.updated_at} />
          </div>
        </Fact>
        <Fact name="Id" wide>
          <code>{job.id}</code>
        </Fact>
      </Facts>
    </div>
  );
}

function noneBecause(job: Job): string {
  if (job.status === 'paused') return 'not while it is paused';
  if (job.status === 'canceled') return 'it is deleted';
  return job.schedule.kind === 'after' ? 'when the jobs that it is after have run' : 'nothing further fires';
}
