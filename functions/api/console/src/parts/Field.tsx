// A control with its label, its hint and what the API says against it. The control is told by `aria-describedby` of both.

import type { ComponentChildren } from 'preact';
import { useId } from 'preact/hooks';

/** What the control inside must carry. */
export interface ControlProps {
  id: string;
  name: string;
  'aria-describedby': string | undefined;
  'aria-invalid': true | undefined;
}

interface Props {
  /** The field's path in the request, by which problems find it. */
  name: string;
  label: string;
  hint?: ComponentChildren;
  problem?: string | undefined;
  /** Takes the room of two. */
  wide?: boolean;
  children: (control: ControlProps) => ComponentChildren;
}

export function Field({ name, label, hint, problem, wide = false, children }: Props) {
  const id = useId();
  const described = [hint ? `${id}-hint` : '', problem ? `${id}-problem` : ''].filter(Boolean).join(' ');
  return (
    <div class={`field${problem ? ' invalid' : ''}${wide ? ' wide' : ''}`}>
      <label for={id}>{label}</label>
      {children({ id, name, 'aria-describedby': described || undefined, 'aria-invalid': problem ? true : undefined })}
      {hint && (
        <div class="hint" id={`${id}-hint`}>
          {hint}
        </div>
      )}
      {problem && (
        <div class="problem" id={`${id}-problem`}>
          <span aria-hidden="true">✕ </span>
          {problem}
        </div>
      )}
    </div>
  );
}

/** Puts the focus on the first control that is said to be wrong. */
export function focusFirstInvalid(form: HTMLElement | null): void {
  form?.querySelector<HTMLElement>('[aria-invalid="true"]')?.focus();
}
