import { Field } from '../../parts/Field';
import type { ChangeForm } from './change';

interface Props {
  fields: ChangeForm;
  change: (changes: Partial<ChangeForm>) => void;
  problem: (field: string) => string | undefined;
}

const NUMBERS: { name: keyof ChangeForm; label: string; hint: string }[] = [
  { name: 'spread_seconds', label: 'Spread over, seconds', hint: 'Each job starts at a second of its own within this window.' },
  { name: 'max_concurrency', label: 'Run at once, at most', hint: 'Of the jobs chosen above together.' },
  { name: 'shards', label: 'Shards', hint: 'Of the index of due times: how much is scanned at once.' },
  { name: 'places', label: 'Places', hint: 'How many executions all workers carry out at once.' },
];

export function WhatIfFields({ fields, change, problem }: Props) {
  return (
    <div class="what-if">
      {NUMBERS.map(({ name, label, hint }) => (
        <Field key={name} name={`change.${name}`} label={label} hint={hint} problem={problem(`change.${name}`)}>
          {(control) => (
            <input
              {...control}
              inputMode="numeric"
              autocomplete="off"
              placeholder="as it is"
              value={fields[name]}
              onInput={(event) => change({ [name]: event.currentTarget.value })}
            />
          )}
        </Field>
      ))}
      <Field
        name="change.spread"
        label="Placed by"
        hint="auto looks for the quietest second; hash does not look."
        problem={problem('change.spread')}
      >
        {(control) => (
          <select {...control} value={fields.spread} onChange={(event) => change({ spread: event.currentTarget.value as ChangeForm['spread'] })}>
            <option value="">as it is</option>
            <option value="hash">hash</option>
            <option value="auto">auto</option>
          </select>
        )}
      </Field>
    </div>
  );
}
