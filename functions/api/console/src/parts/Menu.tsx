// What else can be done with a row. A popover of the browser's own: it lies above everything that scrolls, and closes by
// Escape and by a click elsewhere.

import type { ComponentChildren } from 'preact';
import { useId, useRef } from 'preact/hooks';

export interface Choice {
  name: string;
  danger?: boolean;
  /** Why it cannot be chosen now. */
  unless?: string | undefined;
  run: () => void;
}

export function Menu({ label, choices, children }: { label: string; choices: Choice[]; children: ComponentChildren }) {
  const id = useId();
  const button = useRef<HTMLButtonElement>(null);
  const list = useRef<HTMLDivElement>(null);

  function place(event: ToggleEvent) {
    if (event.newState !== 'open' || !button.current || !list.current) return;
    const at = button.current.getBoundingClientRect();
    const { offsetWidth: width, offsetHeight: height } = list.current;
    const below = at.bottom + 4 + height <= innerHeight;
    list.current.style.left = `${Math.max(8, at.right - width)}px`;
    list.current.style.top = `${below ? at.bottom + 4 : Math.max(8, at.top - 4 - height)}px`;
    list.current.querySelector<HTMLButtonElement>('button:not(:disabled)')?.focus();
  }

  return (
    <>
      <button ref={button} type="button" class="bare small" aria-label={label} title={label} popovertarget={id}>
        {children}
      </button>
      <div ref={list} id={id} popover="auto" class="menu" onToggle={place} onKeyDown={moveFocus}>
        {choices.map(({ name, danger, unless, run }) => (
          <button
            key={name}
            type="button"
            class={danger ? 'bare danger' : 'bare'}
            disabled={unless !== undefined}
            title={unless}
            onClick={() => {
              list.current?.hidePopover();
              run();
            }}
          >
            {name}
          </button>
        ))}
      </div>
    </>
  );
}

function moveFocus(event: KeyboardEvent & { currentTarget: HTMLElement }) {
  const step = event.key === 'ArrowDown' ? 1 : event.key === 'ArrowUp' ? -1 : 0;
  if (step === 0) return;
  event.preventDefault();
  const buttons = [...event.currentTarget.querySelectorAll<HTMLButtonElement>('button:not(:disabled)')];
  const at = buttons.indexOf(document.activeElement as HTMLButtonElement);
  buttons[(at + step + buttons.length) % buttons.length]?.focus();
}
