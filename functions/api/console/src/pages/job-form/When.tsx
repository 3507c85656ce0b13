// When the job fires: a schedule of its own, or when others have run, and what bounds and moves its times.

import { Group, InstantField, NumberField } from './controls';
import { AfterJobs } from './AfterJobs';
import { Calendars } from './Calendars';
import type { Form } from './form';
import type { Kind } from './schedule';
import { ScheduleFields } from './ScheduleFields';
import { SpreadFields } from './SpreadFields';

const KINDS: readonly (readonly [Kind, string])[] = [
  ['once', 'Once'],
  ['every', 'Every …'],
  ['cron', 'Cron'],
  ['rrule', 'Recurrence rule'],
  ['after', 'After other jobs'],
];

export function When({ form, isNew }: { form: Form; isNew: boolean }) {
  const { schedule } = form.draft;
  const recurs = schedule.kind !== 'once' && schedule.kind !== 'after';
  return (
    <Group title="When">
      <div class="whole-row">
        <div class="switch" role="group" aria-label="Kind of schedule">
          {KINDS.map(([kind, name]) => (
            <button key={kind} type="button" aria-pressed={schedule.kind === kind} onClick={() => form.change({ schedule: { ...schedule, kind } })}>
              {name}
            </button>
          ))}
        </div>
        {form.problem('schedule') && <p class="problem">{form.problem('schedule')}</p>}
      </div>
      <ScheduleFields form={form} isNew={isNew} />
      <AfterJobs form={form} required={schedule.kind === 'after'} />
      {schedule.kind !== 'after' && <SpreadFields form={form} />}
      {recurs && (
        <>
          <InstantField form={form} path="starts_at" field="startsAt" label="Not before" />
          <InstantField form={form} path="ends_at" field="endsAt" label="Not after" />
          <NumberField form={form} path="max_runs" field="maxRuns" label="Times, at most" placeholder="no limit" />
        </>
      )}
      {schedule.kind !== 'after' && <Calendars form={form} />}
    </Group>
  );
}
