import { Field } from '../../parts/Field';
import { type ChangeForm, PATH_OF } from './change';

interface Props {
  fields: ChangeForm;
  change: (changes: Partial<ChangeForm>) => void;
  problem: (path: string) => string | undefined;
}

const NUMBERS: { name: Exclude<keyof ChangeForm, 'spread'>; label: string; hint: string }[] = [
  { name: 'spread_seconds', label: 'Spread over, seconds', hint: 'Each job starts at a second of its own within this window.' },
  { name: 'max_concurrency', label: 'Run at once, at most', hint: 'Of the jobs chosen above together.' },
  { name: 'shards', label: 'Shards', hint: 'Of the index of due times: how much is scanned at once.' },
  { name: 'places_high', label: 'Places, high', hint: 'How many of priorities 1–3 workers have in hand at once.' },
  { name: 'places_normal', label: 'Places, normal', hint: 'The same, of priorities 4–7.' },
  { name: 'places_low', label: 'Places, low', hint: 'The same, of priorities 8–10.' },
];

export function WhatIfFields({ fields, change, problem }: Props) {
  const [spreadSeconds, ...others] = NUMBERS.map(({ name, label, hint }) => (
    <Field key={name} name={PATH_OF[name]} label={label} hint={hint} problem={problem(PATH_OF[name])}>
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
  ));
  return (
    <div class="what-if">
      {spreadSeconds}
      <Field name={PATH_OF.spread} label="Placed by" hint="auto looks for the quietest second; hash does not look." problem={problem(PATH_OF.spread)}>
        {(control) => (
          <select {...control} value={fields.spread} onChange={(event) => change({ spread: event.currentTarget.value as ChangeForm['spread'] })}>
            <option value="">as it is</option>
            <option value="hash">hash</option>
            <option value="auto">auto</option>
          </select>
        )}
      </Field>
      {others}
    </div>
  );
}
