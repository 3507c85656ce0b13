// How it runs, what limits it, and what happens when it fails.

import { ChoiceField, Group, NumberField, TextField } from './controls';
import type { Form } from './form';

const PRIORITIES = Array.from({ length: 10 }, (_, index) => {
  const band = index < 3 ? 'high' : index < 7 ? 'normal' : 'low';
  return [String(index + 1), `${index + 1} – ${band}`] as const;
});

export function How({ form }: { form: Form }) {
  return (
    <Group title="How">
      <ChoiceField form={form} path="priority" field="priority" label="Priority" choices={PRIORITIES} hint="Under pressure, low waits first, then normal." />
      <NumberField form={form} path="timeout_seconds" field="timeout" label="An attempt may take, in seconds" placeholder="30" />
      <ChoiceField
        form={form}
        path="overlap"
        field="overlap"
        label="While an earlier run is under way"
        choices={[
          ['', 'the usual (skip)'],
          ['skip', 'skip the new one'],
          ['queue', 'queue the new one'],
          ['allow', 'run both'],
        ]}
      />
    </Group>
  );
}

export function Limits({ form }: { form: Form }) {
  return (
    <Group title="Limits" says="Jobs that name the same key share them">
      <TextField form={form} path="concurrency_key" field="concurrencyKey" label="Key" placeholder="this job alone" />
      <NumberField form={form} path="max_concurrency" field="maxConcurrency" label="At once, at most" placeholder="no limit" />
      <NumberField form={form} path="rate_per_minute" field="ratePerMinute" label="Starts in a minute, at most" placeholder="no limit" />
    </Group>
  );
}

export function WhenItFails({ form }: { form: Form }) {
  return (
    <Group title="When it fails">
      <NumberField form={form} path="retry.max_retries" field="maxRetries" label="Retries" placeholder="3" />
      <NumberField form={form} path="retry.backoff_seconds" field="backoff" label="First one after, in seconds" placeholder="60" hint="Doubled for each further one." />
      <NumberField form={form} path="retry.max_backoff_seconds" field="maxBackoff" label="Never longer apart than, in seconds" placeholder="3600" />
      <NumberField form={form} path="pause_after_failures" field="pauseAfterFailures" label="Pause after so many bad ends in a row" placeholder="never" />
      <ChoiceField
        form={form}
        path="misfire.policy"
        field="misfire"
        label="What was missed in an outage"
        choices={[
          ['', 'the usual (fire the latest)'],
          ['fire_latest', 'fires the latest'],
          ['fire_all', 'fires every one'],
          ['skip', 'is skipped'],
        ]}
      />
      <NumberField form={form} path="misfire.catch_up_window_seconds" field="catchUp" label="Made up for at most, in seconds" placeholder="86400 (a day)" />
    </Group>
  );
}
