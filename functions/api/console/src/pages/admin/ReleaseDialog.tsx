import { useState } from 'preact/hooks';
import { post } from '../../api/call';
import { Dialog } from '../../parts/Dialog';
import { Field } from '../../parts/Field';
import { FailureNote } from '../../parts/States';
import { toast } from '../../parts/Toasts';
import { type Hold, heldWords, liftWords, releaseWords } from './holdWords';
import { numberOr, useForm } from '../../state/form';

export function ReleaseDialog({ hold, close, released }: { hold: Hold; close: () => void; released: () => void }) {
  const [rate, setRate] = useState(String(hold.release_per_minute ?? 60));
  const [atOnce, setAtOnce] = useState(false);
  const sent = useForm(['per_minute', 'at_once'], async () => {
    const body = atOnce ? { at_once: true } : { per_minute: numberOr(rate) };
    await post('/v1/admin/holds/{id}/release', { path: { id: hold.id }, body });
    toast(atOnce ? `${heldWords(hold)} is let go at once.` : `${heldWords(hold)} is let go, ${rate} a minute, from the next full minute on.`);
    released();
    close();
  });
  return (
    <Dialog title={`Release ${heldWords(hold)}`} close={close}>
      {sent.failure && <FailureNote failure={sent.failure} />}
      <form ref={sent.form} class="dialog-form" onSubmit={sent.submit} noValidate>
        <label class="check">
          <input type="radio" name="how" checked={!atOnce} onChange={() => setAtOnce(false)} />
          At a rate, the most urgent first
        </label>
        {!atOnce && (
          <Field name="per_minute" label="How many a minute" problem={sent.problem('per_minute')}>
            {(control) => <input {...control} inputMode="numeric" value={rate} onInput={(event) => setRate(event.currentTarget.value)} />}
          </Field>
        )}
        <label class="check">
          <input type="radio" name="how" checked={atOnce} onChange={() => setAtOnce(true)} />
          All at once
        </label>
        <p class="note tone-warn" role="status">
          {atOnce ? liftWords(hold) : /^\d+$/.test(rate.trim()) ? releaseWords(hold, Number(rate)) : 'Say how many a minute.'}
        </p>
        <footer class="actions">
          <button type="button" onClick={close}>
            Cancel
          </button>
          <button type="submit" class="primary" disabled={sent.busy}>
            {sent.busy ? 'Working…' : 'Release'}
          </button>
        </footer>
      </form>
    </Dialog>
  );
}
