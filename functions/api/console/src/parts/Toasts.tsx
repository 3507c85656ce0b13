// What was just done, said in passing, with a way back where there is one. A toast with a way back stays longer, and stays
// as long as the pointer or the focus is on it.

import { useEffect, useState } from 'preact/hooks';
import { createStore, useStore } from '../state/store';
import { asFailure } from '../state/polling';
import { explain } from '../words/error';

interface Toast {
  id: number;
  text: string;
  bad: boolean;
  undo?: { label: string; run: () => Promise<unknown> } | undefined;
}

const toasts = createStore<Toast[]>([]);
let lastId = 0;

/** Says that something was done; `undo` takes it back. */
export function toast(text: string, undo?: Toast['undo']): void {
  add({ text, bad: false, undo });
}

/** Says that something failed. */
export function toastFailure(what: string, error: unknown): void {
  const said = explain(asFailure(error));
  add({ text: `${what}: ${said.title}. ${said.detail}`, bad: true });
}

function add(one: Omit<Toast, 'id'>) {
  lastId += 1;
  toasts.set([...toasts.get().slice(-3), { ...one, id: lastId }]);
}

function dismiss(id: number) {
  toasts.set(toasts.get().filter((one) => one.id !== id));
}

export function Toasts() {
  const shown = useStore(toasts);
  return (
    <section class="toasts" aria-label="Notices" aria-live="polite" aria-relevant="additions">
      {shown.map((one) => (
        <ToastLine key={one.id} toast={one} />
      ))}
    </section>
  );
}

function ToastLine({ toast: one }: { toast: Toast }) {
  const [resting, setResting] = useState(false);
  const [busy, setBusy] = useState(false);
  useEffect(() => {
    if (resting || busy) return undefined;
    const timer = setTimeout(() => dismiss(one.id), one.undo || one.bad ? 12_000 : 5_000);
    return () => clearTimeout(timer);
  }, [one, resting, busy]);

  async function undo() {
    setBusy(true);
    try {
      await one.undo?.run();
    } catch (error) {
      toastFailure('Not undone', error);
    } finally {
      dismiss(one.id);
    }
  }

  return (
    <div
      class={one.bad ? 'toast toast-bad' : 'toast'}
      onPointerEnter={() => setResting(true)}
      onPointerLeave={() => setResting(false)}
      onFocusIn={() => setResting(true)}
      onFocusOut={() => setResting(false)}
    >
      <span>{one.text}</span>
      {one.undo && (
        <button type="button" disabled={busy} onClick={undo}>
          {one.undo.label}
        </button>
      )}
      <button type="button" class="bare" aria-label="Dismiss" onClick={() => dismiss(one.id)}>
        ×
      </button>
    </div>
  );
}
