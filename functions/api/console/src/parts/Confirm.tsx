// Asks before something is done that cannot be taken back, or touches more than one thing. The question says what will
// happen and to how many; the answer is carried out in the dialog, so that a refusal is seen where it was asked for.

import type { ComponentChildren } from 'preact';
import { useState } from 'preact/hooks';
import type { Failure } from '../api/problem';
import { createStore, useStore } from '../state/store';
import { asFailure } from '../state/polling';
import { Dialog } from './Dialog';
import { FailureNote } from './States';

export interface Question {
  title: string;
  /** What will happen. */
  body: ComponentChildren;
  /** The button that does it: a verb. */
  verb: string;
  danger?: boolean;
  run: () => Promise<unknown>;
}

const asked = createStore<Question | undefined>(undefined);

export function confirm(question: Question): void {
  asked.set(question);
}

export function ConfirmHost() {
  const question = useStore(asked);
  return question ? <ConfirmDialog key={question.title} question={question} /> : null;
}

function ConfirmDialog({ question }: { question: Question }) {
  const [busy, setBusy] = useState(false);
  const [failure, setFailure] = useState<Failure>();
  const close = () => !busy && asked.set(undefined);

  async function run() {
    setBusy(true);
    setFailure(undefined);
    try {
      await question.run();
      asked.set(undefined);
    } catch (error) {
      setFailure(asFailure(error));
      setBusy(false);
    }
  }

  return (
    <Dialog title={question.title} close={close}>
      {question.body}
      {failure && <FailureNote failure={failure} />}
      <footer class="actions">
        <button type="button" onClick={close} disabled={busy} autofocus>
          Cancel
        </button>
        <button type="button" class={question.danger ? 'danger' : 'primary'} onClick={run} disabled={busy}>
          {busy ? 'Working…' : question.verb}
        </button>
      </footer>
    </Dialog>
  );
}
