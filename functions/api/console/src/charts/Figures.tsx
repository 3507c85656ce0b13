// The few figures that a page is opened for, side by side.

import type { ComponentChildren } from 'preact';
import type { Tone } from '../words/tone';

export interface Figure {
  name: string;
  value: ComponentChildren;
  note?: ComponentChildren;
  /** Coloured only where the note or the value also says it. */
  tone?: Tone | undefined;
}

export function Figures({ figures }: { figures: Figure[] }) {
  return (
    <dl class="figures">
      {figures.map(({ name, value, note, tone }) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd class={tone ? `figure ink-${tone}` : 'figure'}>{value}</dd>
          {note && <dd class="figure-note">{note}</dd>}
        </div>
      ))}
    </dl>
  );
}
