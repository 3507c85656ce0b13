// Redrives or discards those that were chosen, one after another, and says how far it has come. What could not be done
// is said letter by letter, and does not keep the others from being done.

import { useRef, useState } from 'preact/hooks';
import { post } from '../../api/call';
import { Dialog } from '../../parts/Dialog';
import { Field } from '../../parts/Field';
import { toast } from '../../parts/Toasts';
import { asFailure } from '../../state/polling';
import { explain } from '../../words/error';
import type { Deed } from './BulkBar';
import { letters as words } from './columns';
import type { Letter } from './DeadLettersPage';

interface Props {
  what: Deed;
  letters: Letter[];
  close: () => void;
  settled: () => void;
}

export function ChosenDialog({ what, letters, close, settled }: Props) {
  const [note, setNote] = useState('');
  const [done, setDone] = useState<number>();
  const [refused, setRefused] = useState<{ letter: Letter; why: string }[]>([]);
  const stopped = useRef(false);
  const busy = done !== undefined && refused.length === 0;
  const noNote = what === 'discard' && note.trim() === '';

  async function run(event: Event) {
    event.preventDefault();
    if (noNote) return;
    const failed: { letter: Letter; why: string }[] = [];
    let count = 0;
    for (const letter of letters) {
      if (stopped.current) break;
      setDone(count);
      try {
        const path = { id: letter.execution_id };
        if (what === 'redrive') await post('/v1/dead-letters/{id}/redrive', { path });
        else await post('/v1/dead-letters/{id}/discard', { path, body: { note } });
        count += 1;
      } catch (error) {
        const said = explain(asFailure(error));
        failed.push({ letter, why: `${said.title}. ${said.detail}` });
      }
    }
    settled();
    toast(`${words(count)} ${what === 'redrive' ? 'redriven' : 'discarded'}${failed.length > 0 ? `, ${failed.length} not` : ''}.`);
    if (failed.length === 0) return close();
    setDone(count);
    setRefused(failed);
  }

  const verb = what === 'redrive' ? 'Redrive' : 'Discard';
  const cancel = () => {
    stopped.current = true;
    close();
  };
  return (
    <Dialog title={`${verb} ${words(letters.length)}`} close={cancel}>
      <form class="dialog-form" onSubmit={run} noValidate>
        <p>
          {what === 'redrive'
            ? 'Each is given one more attempt at once, of its job as it is now.'
            : 'They stay as they are, and nobody is asked about them any more. This cannot be undone.'}
        </p>
        {what === 'discard' && (
          <Field name="note" label="Why" hint="1 to 500 characters; kept with each of them, and in the audit">
            {(control) => <textarea {...control} rows={2} required maxLength={500} value={note} onInput={(event) => setNote(event.currentTarget.value)} />}
          </Field>
        )}
        {done !== undefined && (
          <p role="status">
            <progress max={letters.length} value={done} aria-label="Done" /> {done} of {letters.length}
          </p>
        )}
        {refused.length > 0 && (
          <ul class="note tone-bad" role="alert">
            {refused.map(({ letter, why }) => (
              <li key={letter.execution_id}>
                {letter.job_name}, due {letter.fire_time}: {why}
              </li>
            ))}
          </ul>
        )}
        <footer class="actions">
          <button type="button" onClick={cancel}>
            {busy ? 'Stop' : refused.length > 0 ? 'Close' : 'Cancel'}
          </button>
          {refused.length === 0 && (
            <button type="submit" class={what === 'redrive' ? 'primary' : 'danger'} disabled={busy || noNote}>
              {busy ? 'Working…' : `${verb} ${letters.length}`}
            </button>
          )}
        </footer>
      </form>
    </Dialog>
  );
}
