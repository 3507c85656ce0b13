// Redrives or discards all that match. Counts them first, by a dry run; only then can it be done, and the button says to
// how many. Between the count and the deed more may have died: the API acts on those that are open by then.

import { useEffect, useState } from 'preact/hooks';
import { post } from '../../api/call';
import type { Failure } from '../../api/problem';
import { Dialog } from '../../parts/Dialog';
import { Field } from '../../parts/Field';
import { FailureNote, Loading } from '../../parts/States';
import { toast } from '../../parts/Toasts';
import { numberOr, useForm } from '../../state/form';
import { asFailure } from '../../state/polling';
import type { Deed } from './BulkBar';
import { countWords, type Filter, filterWords, manyOf, minutesWords } from './filter';
import { Sample, type Survey } from './Sample';

interface Props {
  what: Deed;
  filter: Filter;
  close: () => void;
  settled: () => void;
}

/** A dry run of a discard must say a note like any other; it goes nowhere. */
const DRY_NOTE = 'counted only';

export function MatchingDialog({ what, filter, close, settled }: Props) {
  const [survey, setSurvey] = useState<Survey>();
  const [uncounted, setUncounted] = useState<Failure>();
  const [text, setText] = useState(what === 'redrive' ? '60' : '');
  const many = manyOf(filter);
  const field = what === 'redrive' ? 'rate_per_minute' : 'note';

  async function countThem() {
    setUncounted(undefined);
    const body = { filter: many, dry_run: true };
    try {
      setSurvey(
        what === 'redrive' ? await post('/v1/dead-letters/redrive', { body }) : await post('/v1/dead-letters/discard', { body: { ...body, note: DRY_NOTE } }),
      );
    } catch (error) {
      setUncounted(asFailure(error));
    }
  }
  useEffect(() => void countThem(), []);

  const sent = useForm([field], async () => {
    if (what === 'redrive') {
      const done = await post('/v1/dead-letters/redrive', { body: { filter: many, rate_per_minute: numberOr(text) } });
      toast(`${countWords(done.count, done.at_least)} will be redriven, from the next full minute on.`);
    } else {
      const done = await post('/v1/dead-letters/discard', { body: { filter: many, note: text } });
      toast(`${countWords(done.discarded, false)} discarded.`);
    }
    settled();
    close();
  });

  const verb = what === 'redrive' ? 'Redrive' : 'Discard';
  return (
    <Dialog title={`${verb} all that match`} close={() => !sent.busy && close()}>
      {uncounted && <FailureNote failure={uncounted} retry={countThem} />}
      {sent.failure && <FailureNote failure={sent.failure} />}
      {!survey && !uncounted && <Loading what="the count of them" />}
      {survey && (
        <form ref={sent.form} class="dialog-form" onSubmit={sent.submit} noValidate>
          <p>
            <strong>{countWords(survey.count, survey.at_least)}</strong>: {filterWords(filter)}.{' '}
            {what === 'redrive'
              ? `Each is given one more attempt${/^\d+$/.test(text.trim()) && survey.count > 0 ? `, ${minutesWords(survey.count, Number(text))}` : ''}. Targets see the same idempotency key as before.`
              : 'They stay as they are, and nobody is asked about them any more. This cannot be undone.'}
          </p>
          <Sample survey={survey} />
          <Field
            name={field}
            label={what === 'redrive' ? 'How many a minute' : 'Why'}
            hint={what === 'redrive' ? '1 to 1,000' : '1 to 500 characters; kept with each of them, and in the audit'}
            problem={sent.problem(field)}
          >
            {(control) =>
              what === 'redrive' ? (
                <input {...control} inputMode="numeric" value={text} onInput={(event) => setText(event.currentTarget.value)} />
              ) : (
                <textarea {...control} rows={2} value={text} onInput={(event) => setText(event.currentTarget.value)} />
              )
            }
          </Field>
          <footer class="actions">
            <button type="button" onClick={close} disabled={sent.busy}>
              Cancel
            </button>
            <button type="submit" class={what === 'redrive' ? 'primary' : 'danger'} disabled={sent.busy || survey.count === 0}>
              {sent.busy ? 'Working…' : `${verb} ${survey.at_least ? 'at least ' : ''}${survey.count.toLocaleString('en')}`}
            </button>
          </footer>
        </form>
      )}
    </Dialog>
  );
}
