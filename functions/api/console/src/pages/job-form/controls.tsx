// The form's usual controls, each bound to one text of the draft and to the path by which problems find it.

import type { ComponentChildren } from 'preact';
import { Field } from '../../parts/Field';
import type { Draft } from './draft';
import type { Form } from './form';

/** The draft's fields that are texts. */
export type TextName = { [K in keyof Draft]: Draft[K] extends string ? (string extends Draft[K] ? K : never) : never }[keyof Draft];

interface Props {
  form: Form;
  path: string;
  field: TextName;
  label: string;
  hint?: ComponentChildren;
  wide?: boolean;
}

export function TextField({ form, path, field, label, hint, placeholder, wide = false }: Props & { placeholder?: string }) {
  return (
    <Field name={path} label={label} hint={hint} wide={wide} problem={form.problem(path)}>
      {(control) => (
        <input {...control} type="text" placeholder={placeholder} value={form.draft[field]} onInput={(event) => form.change({ [field]: event.currentTarget.value })} />
      )}
    </Field>
  );
}

/** A number as a text: browsers' number inputs swallow what is none, which the API could have named. */
export function NumberField({ form, path, field, label, hint, placeholder }: Props & { placeholder?: string }) {
  return (
    <Field name={path} label={label} hint={hint} problem={form.problem(path)}>
      {(control) => (
        <input
          {...control}
          type="text"
          inputMode="numeric"
          autocomplete="off"
          placeholder={placeholder}
          value={form.draft[field]}
          onInput={(event) => form.change({ [field]: event.currentTarget.value })}
        />
      )}
    </Field>
  );
}

export function ChoiceField({ form, path, field, label, hint, choices }: Props & { choices: readonly (readonly [string, string])[] }) {
  return (
    <Field name={path} label={label} hint={hint} problem={form.problem(path)}>
      {(control) => (
        <select {...control} value={form.draft[field]} onChange={(event) => form.change({ [field]: event.currentTarget.value })}>
          {choices.map(([value, name]) => (
            <option key={value} value={value}>
              {name}
            </option>
          ))}
        </select>
      )}
    </Field>
  );
}

/** An instant, typed on UTC's clock: the one that needs no zone. */
export function InstantField({ form, path, field, label, hint }: Props) {
  const value = form.draft[field];
  return (
    <Field name={path} label={`${label}, UTC`} hint={hint} problem={form.problem(path)}>
      {(control) => (
        <input
          {...control}
          type="datetime-local"
          step="1"
          value={value ? new Date(value).toISOString().slice(0, 19) : ''}
          onChange={(event) => form.change({ [field]: instant(event.currentTarget.value) })}
        />
      )}
    </Field>
  );
}

export const instant = (local: string): string => (local ? new Date(`${local}Z`).toISOString().replace('.000Z', 'Z') : '');

export function Group({ title, says, children }: { title: string; says?: string; children: ComponentChildren }) {
  return (
    <fieldset class="panel">
      <legend class="unseen">{title}</legend>
      <div class="panel-head">
        <h2 aria-hidden="true">{title}</h2>
        {says && <span class="faint">{says}</span>}
      </div>
      <div class="fields">{children}</div>
    </fieldset>
  );
}
