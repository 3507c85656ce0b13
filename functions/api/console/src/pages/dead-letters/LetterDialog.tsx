// One dead letter, with all that is known of it, and what can be done about it.

import { useState } from 'preact/hooks';
import { get, post, type Schemas } from '../../api/call';
import { type Failure, placeErrors, Problem } from '../../api/problem';
import { Dialog } from '../../parts/Dialog';
import { Field } from '../../parts/Field';
import { FailureNote, Loading } from '../../parts/States';
import { toast } from '../../parts/Toasts';
import { asFailure, usePolling } from '../../state/polling';
import { lookOf } from '../../words/tone';
import { LetterFacts } from './LetterFacts';

interface Props {
  id: string;
  close: () => void;
  settled: () => void;
  mayAct: boolean;
}

export function LetterDialog({ id, close, settled, mayAct }: Props) {
  const letter = usePolling(`letter ${id}`, (signal) => get('/v1/dead-letters/{id}', { path: { id }, signal }), { everySeconds: 10 });
  const [note, setNote] = useState<string>();
  const [failure, setFailure] = useState<Failure>();
  const [busy, setBusy] = useState(false);

  async function act(run: () => Promise<unknown>, said: string) {
    setBusy(true);
    setFailure(undefined);
    try {
      await run();
      toast(said);
      setNote(undefined);
      settled();
      letter.refresh();
    } catch (error) {
      setFailure(asFailure(error));
    } finally {
      setBusy(false);
    }
  }
  const redrive = () => act(() => post('/v1/dead-letters/{id}/redrive', { path: { id } }), 'Redriven: it is given one more attempt now.');
  const discard = () => act(() => post('/v1/dead-letters/{id}/discard', { path: { id }, body: { note } }), 'Discarded.');

  const { data } = letter;
  const placed = placeErrors(failure instanceof Problem ? failure.errors : [], ['note']);
  return (
    <Dialog title={data ? `Dead letter of ${data.job_name}` : 'Dead letter'} close={close} wide>
      {letter.loading && <Loading what="the dead letter" />}
      {letter.failure && <FailureNote failure={letter.failure} retry={letter.refresh} stale={data !== undefined} />}
      {failure && placed.byField.size === 0 && <FailureNote failure={failure} />}
      {data && <LetterFacts letter={data} />}
      {data && mayAct && (
        <footer class="actions sticky">
          {note === undefined ? (
            <>
              {data.status === 'open' && (
                <button type="button" class="danger" disabled={busy} onClick={() => setNote('')}>
                  Discard…
                </button>
              )}
              {data.status !== 'discarded' && !isRedrivable(data) && <span class="hint">It is {lookOf(data.execution.state).word}: there is nothing to redrive.</span>}
              <button type="button" class="primary" disabled={busy || !isRedrivable(data)} onClick={redrive}>
                Redrive: one more attempt
              </button>
            </>
          ) : (
            <form
              class="discard-form"
              onSubmit={(event) => {
                event.preventDefault();
                void discard();
              }}
            >
              <Field name="note" label="Why it stays as it is" problem={placed.byField.get('note')} hint="It cannot be taken back; the note is kept with it and in the audit.">
                {(control) => <input {...control} autofocus maxLength={500} value={note} onInput={(event) => setNote(event.currentTarget.value)} />}
              </Field>
              <div class="actions">
                <button type="button" onClick={() => setNote(undefined)}>
                  Back
                </button>
                <button type="submit" class="danger" disabled={busy || note.trim() === ''}>
                  Discard it
                </button>
              </div>
            </form>
          )}
        </footer>
      )}
    </Dialog>
  );
}

/** A discarded one stays as it is; one that was redriven is again when it has died once more. */
function isRedrivable({ status, execution }: Schemas['InspectedLetter']): boolean {
  return status !== 'discarded' && (execution.state === 'failed' || execution.state === 'dead');
}
