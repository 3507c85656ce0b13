// What a form does when it is sent: once at a time, with the API's problems beside their fields.

import type { RefObject } from 'preact';
import { useRef, useState } from 'preact/hooks';
import { type Failure, placeErrors, Problem } from '../api/problem';
import { focusFirstInvalid } from '../parts/Field';
import { asFailure } from './polling';

interface Sent {
  form: RefObject<HTMLFormElement | null>;
  busy: boolean;
  submit: (event: Event) => void;
  /** What is wrong with a field. */
  problem: (field: string) => string | undefined;
  /** What is wrong besides, for the form's top. */
  failure: Failure | undefined;
}

export function useForm(fields: readonly string[], send: () => Promise<void>): Sent {
  const form = useRef<HTMLFormElement>(null);
  const [busy, setBusy] = useState(false);
  const [failure, setFailure] = useState<Failure>();
  const placed = placeErrors(failure instanceof Problem ? failure.errors : [], fields);

  async function submit(event: Event) {
    event.preventDefault();
    setBusy(true);
    setFailure(undefined);
    try {
      await send();
    } catch (error) {
      setFailure(asFailure(error));
      requestAnimationFrame(() => focusFirstInvalid(form.current));
    } finally {
      setBusy(false);
    }
  }

  return {
    form,
    busy,
    submit: (event) => void submit(event),
    problem: (field) => placed.byField.get(field),
    failure: failure && (placed.byField.size === 0 || placed.rest.length > 0) ? failure : undefined,
  };
}

/** A number as the API takes it; what is none goes as it was typed, for the API to say so beside its field. */
export function numberOr(text: string): number | string {
  return /^\d+$/.test(text.trim()) ? Number(text) : text.trim();
}
