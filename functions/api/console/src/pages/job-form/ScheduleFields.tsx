// The fields of each kind of schedule.

import { Field } from '../../parts/Field';
import type { Form } from './form';
import { instant } from './controls';
import { type ScheduleDraft, UNITS, type Unit } from './schedule';

const CRON_EXAMPLES: readonly (readonly [string, string])[] = [
  ['H * * * *', 'hourly, at a minute of its own'],
  ['0 9 * * *', 'daily at 9'],
  ['0 9 * * MON-FRI', 'weekdays at 9'],
  ['0 6 * * MON', 'Mondays at 6'],
  ['0 0 1 * *', 'on the first of the month'],
];

const RULE_EXAMPLES: readonly (readonly [string, string])[] = [
  ['FREQ=MONTHLY;BYDAY=-1FR;BYHOUR=17;BYMINUTE=0', 'last Friday of the month'],
  ['FREQ=WEEKLY;INTERVAL=2;BYDAY=MO', 'every other Monday'],
  ['FREQ=MONTHLY;BYMONTHDAY=-1;BYHOUR=23;BYMINUTE=0', 'last day of the month'],
];

export function ScheduleFields({ form, isNew }: { form: Form; isNew: boolean }) {
  const { schedule } = form.draft;
  const set = (changes: Partial<ScheduleDraft>) => form.change({ schedule: { ...schedule, ...changes } });
  switch (schedule.kind) {
    case 'cron':
      return (
        <>
          <Field
            name="schedule.expression"
            label="Expression"
            wide
            problem={form.problem('schedule.expression')}
            hint={<Examples examples={CRON_EXAMPLES} choose={(cronExpression) => set({ cronExpression })} />}
          >
            {(control) => (
              <input {...control} type="text" class="mono" spellcheck={false} value={schedule.cronExpression} onInput={(event) => set({ cronExpression: event.currentTarget.value })} />
            )}
          </Field>
          <Timezone form={form} set={set} />
        </>
      );
    case 'rrule':
      return (
        <>
          <Field name="schedule.rule" label="Rule (RFC 5545)" wide problem={form.problem('schedule.rule')} hint={<Examples examples={RULE_EXAMPLES} choose={(rule) => set({ rule })} />}>
            {(control) => <input {...control} type="text" class="mono" spellcheck={false} value={schedule.rule} onInput={(event) => set({ rule: event.currentTarget.value })} />}
          </Field>
          <Timezone form={form} set={set} />
          <Field
            name="schedule.starts_at_local"
            label="From, on that clock"
            problem={form.problem('schedule.starts_at_local')}
            hint="Intervals count from it; it says the time that the rule leaves open. Now, if empty."
          >
            {(control) => <input {...control} type="datetime-local" step="1" value={schedule.ruleStart} onChange={(event) => set({ ruleStart: event.currentTarget.value })} />}
          </Field>
        </>
      );
    case 'every':
      return (
        <>
          <Field name="schedule.seconds" label="Every" problem={form.problem('schedule.seconds')}>
            {(control) => (
              <div class="pair">
                <input {...control} type="text" inputMode="numeric" autocomplete="off" value={schedule.everyAmount} onInput={(event) => set({ everyAmount: event.currentTarget.value })} />
                <select aria-label="Unit" value={schedule.everyUnit} onChange={(event) => set({ everyUnit: event.currentTarget.value as Unit })}>
                  {Object.keys(UNITS).map((unit) => (
                    <option key={unit}>{unit}</option>
                  ))}
                </select>
              </div>
            )}
          </Field>
          <Field name="schedule.anchor_at" label="Counted from, UTC" problem={form.problem('schedule.anchor_at')} hint="The first time. Now, if empty.">
            {(control) => (
              <input
                {...control}
                type="datetime-local"
                step="1"
                value={schedule.everyAnchor ? new Date(schedule.everyAnchor).toISOString().slice(0, 19) : ''}
                onChange={(event) => set({ everyAnchor: instant(event.currentTarget.value) })}
              />
            )}
          </Field>
        </>
      );
    case 'once':
      return (
        <>
          <Field
            name="schedule.local"
            label="At"
            problem={form.problem('schedule.local')}
            hint={isNew ? undefined : 'A time that has passed needs a misfire policy that was chosen.'}
          >
            {(control) => <input {...control} type="datetime-local" step="1" value={schedule.onceLocal} onChange={(event) => set({ onceLocal: event.currentTarget.value })} />}
          </Field>
          <Timezone form={form} set={set} />
        </>
      );
    case 'after':
      return <p class="hint whole-row">It has no times of its own: it runs once for each run of the jobs that it is after.</p>;
  }
}

function Examples({ examples, choose }: { examples: readonly (readonly [string, string])[]; choose: (text: string) => void }) {
  return (
    <span class="examples">
      {examples.map(([text, words]) => (
        <button key={text} type="button" class="bare small" title={text} onClick={() => choose(text)}>
          {words}
        </button>
      ))}
    </span>
  );
}

const ZONES: readonly string[] = ['UTC', ...Intl.supportedValuesOf('timeZone').filter((zone) => zone !== 'UTC')];

function Timezone({ form, set }: { form: Form; set: (changes: Partial<ScheduleDraft>) => void }) {
  return (
    <Field name="schedule.timezone" label="Time zone" problem={form.problem('schedule.timezone')}>
      {(control) => (
        <>
          <input
            {...control}
            type="text"
            list="time-zones"
            autocomplete="off"
            spellcheck={false}
            value={form.draft.schedule.timezone}
            onInput={(event) => set({ timezone: event.currentTarget.value })}
          />
          <datalist id="time-zones">
            {ZONES.map((zone) => (
              <option key={zone} value={zone} />
            ))}
          </datalist>
        </>
      )}
    </Field>
  );
}
