// One page: its name, what can be done on it, and its content. Sets the window's title.

import type { ComponentChildren } from 'preact';
import { useEffect } from 'preact/hooks';

interface Props {
  title: string;
  /** Shown in the place of the title, if that is more than a text. */
  heading?: ComponentChildren;
  /** What stands beside the title: a state, a count. */
  aside?: ComponentChildren;
  actions?: ComponentChildren;
  children: ComponentChildren;
}

export function Page({ title, heading, aside, actions, children }: Props) {
  useEffect(() => {
    document.title = `${title} · Punctual`;
  }, [title]);
  return (
    <>
      <div class="page-head">
        <h1>{heading ?? title}</h1>
        {aside}
        {actions && <div class="actions">{actions}</div>}
      </div>
      {children}
    </>
  );
}

/** A part of a page, with its own heading. */
export function Section({ title, aside, children }: { title: string; aside?: ComponentChildren; children: ComponentChildren }) {
  return (
    <section class="panel">
      <header class="panel-head">
        <h2>{title}</h2>
        {aside}
      </header>
      {children}
    </section>
  );
}
