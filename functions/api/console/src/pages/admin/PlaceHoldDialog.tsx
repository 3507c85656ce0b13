import { useState } from 'preact/hooks';
import { post } from '../../api/call';
import { Dialog } from '../../parts/Dialog';
import { Field } from '../../parts/Field';
import { FailureNote } from '../../parts/States';
import { toast } from '../../parts/Toasts';
import { UtcMinute } from '../../parts/UtcMinute';
import { type Hold, heldWords, KINDS } from './holdWords';
import { numberOr, useForm } from '../../state/form';

const FIELDS = ['kind', 'value', 'note', 'until', 'release_per_minute'];

export function PlaceHoldDialog({ close, placed }: { close: () => void; placed: () => void }) {
  const [fields, setFields] = useState({ kind: 'target_host' as Hold['kind'], value: '', note: '', until: '', rate: '' });
  const change = (changes: Partial<typeof fields>) => setFields({ ...fields, ...changes });
  const kind = KINDS.find((one) => one.kind === fields.kind);

  const sent = useForm(FIELDS, async () => {
    const { value, note, until, rate } = fields;
    const body = {
      kind: fields.kind,
      value: value.trim(),
      note: note.trim(),
      ...(until === '' ? {} : { until }),
      ...(rate.trim() === '' ? {} : { release_per_minute: numberOr(rate) }),
    };
    await post('/v1/admin/holds', { body });
    toast(`Held: ${heldWords(fields)}.`);
    placed();
    close();
  });

  return (
    <Dialog title="Place a hold" close={close}>
      {sent.failure && <FailureNote failure={sent.failure} />}
      <form ref={sent.form} class="dialog-form" onSubmit={sent.submit} noValidate>
        <p>Nothing new of it starts, runs by hand included, for whoever it is. Attempts that run go on; owners see the note.</p>
        <Field name="kind" label="Hold" problem={sent.problem('kind')}>
          {(control) => (
            <select {...control} value={fields.kind} onChange={(event) => change({ kind: event.currentTarget.value as Hold['kind'] })}>
              {KINDS.map(({ kind: one, name }) => (
                <option key={one} value={one}>
                  {name}
                </option>
              ))}
            </select>
          )}
        </Field>
        <Field name="value" label="Which" hint={kind?.hint} problem={sent.problem('value')}>
          {(control) => <input {...control} autocomplete="off" value={fields.value} onInput={(event) => change({ value: event.currentTarget.value })} />}
        </Field>
        <Field name="note" label="Why" hint="One line, for the owners of what is held" problem={sent.problem('note')}>
          {(control) => <input {...control} value={fields.note} onInput={(event) => change({ note: event.currentTarget.value })} />}
        </Field>
        <Field name="until" label="Until, UTC" hint="It is released by itself then; within seven days, which it is if left empty" problem={sent.problem('until')}>
          {(control) => <UtcMinute control={control} value={fields.until} change={(until) => change({ until })} />}
        </Field>
        <Field
          name="release_per_minute"
          label="Then let go, a minute"
          hint="As many as there is capacity for, if left empty"
          problem={sent.problem('release_per_minute')}
        >
          {(control) => <input {...control} inputMode="numeric" value={fields.rate} onInput={(event) => change({ rate: event.currentTarget.value })} />}
        </Field>
        <footer class="actions">
          <button type="button" onClick={close}>
            Cancel
          </button>
          <button type="submit" class="danger" disabled={sent.busy}>
            {sent.busy ? 'Working…' : fields.value.trim() === '' ? 'Hold it' : `Hold ${heldWords({ ...fields, value: fields.value.trim() })}`}
          </button>
        </footer>
      </form>
    </Dialog>
  );
}
