import { Field } from '../../parts/Field';
import { NumberField } from './controls';
import type { Form } from './form';

export function SpreadFields({ form }: { form: Form }) {
  const { spread, spreadSeconds } = form.draft;
  return (
    <>
      <NumberField
        form={form}
        path="spread_seconds"
        field="spreadSeconds"
        label="Spread over, in seconds"
        placeholder="0: exactly on time"
        hint="Its times may be moved by up to this, always by the same amount."
      />
      {spreadSeconds.trim() !== '' && spreadSeconds.trim() !== '0' && (
        <Field name="spread" label="Where in that window" problem={form.problem('spread')}>
          {(control) => (
            <select {...control} value={spread} onChange={(event) => form.change({ spread: event.currentTarget.value === 'auto' ? 'auto' : 'hash' })}>
              <option value="auto">its quietest second</option>
              <option value="hash">a second that follows from its id</option>
            </select>
          )}
        </Field>
      )}
    </>
  );
}
