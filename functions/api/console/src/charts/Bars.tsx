// Stacked bars over time, few enough to be elements: the seconds of a minute, the minutes of an hour.
// One tab stop; the arrows move a cursor over the bars, Enter opens one, and each is said in words.

import { useState } from 'preact/hooks';
import { labelEvery, short, ticks } from './scale';
import { useWidth } from './useWidth';

export interface Stack {
  name: string;
  /** As many as there are bars. */
  counts: readonly number[];
}

interface Props {
  label: string;
  stacks: readonly Stack[];
  bars: number;
  barLabel: (bar: number) => string;
  words: (bar: number) => string;
  onOpen?: (bar: number) => void;
  open?: number | null;
  height?: number;
  /** What the first bar is counted as, for labels at round numbers. */
  phase?: number;
}

const LEFT = 44;
/** Room for the half of the last label that reaches beyond its bar. */
const RIGHT = 16;
const BOTTOM = 20;
const TOP = 8;

export function Bars({ label, stacks, bars, barLabel, words, onOpen, open = null, height = 220, phase = 0 }: Props) {
  const [box, width] = useWidth<HTMLDivElement>();
  const [cursor, setCursor] = useState<number | null>(null);

  const totals = Array.from({ length: bars }, (_, bar) => stacks.reduce((sum, stack) => sum + (stack.counts[bar] ?? 0), 0));
  const steps = ticks(Math.max(1, ...totals), 4);
  const top = steps[steps.length - 1] ?? 1;
  const plot = Math.max(1, width - LEFT - RIGHT);
  const barWidth = plot / bars;
  const y = (count: number) => TOP + (height - TOP - BOTTOM) * (1 - count / top);
  const every = labelEvery(bars, plot, 38);
  const colourOf = (stack: number) => `series-${stack}`;

  const onKeyDown = (event: KeyboardEvent) => {
    const at = cursor ?? 0;
    const to = { ArrowLeft: at - 1, ArrowRight: at + 1, Home: 0, End: bars - 1 }[event.key];
    if (to !== undefined) {
      event.preventDefault();
      setCursor(Math.min(bars - 1, Math.max(0, to)));
    } else if (event.key === 'Enter' && cursor !== null && onOpen) {
      event.preventDefault();
      onOpen(cursor);
    }
  };

  return (
    <div class="bars" ref={box}>
      <div
        role="application"
        aria-roledescription="bar chart"
        aria-label={`${label}. Arrow keys move${onOpen ? ', Enter opens' : ''}.`}
        tabIndex={0}
        onKeyDown={onKeyDown}
        onFocus={() => setCursor((before) => before ?? open ?? 0)}
        onBlur={() => setCursor(null)}
      >
        <svg width={width} height={height} aria-hidden="true" onMouseLeave={() => setCursor(null)}>
          {steps.map((step) => (
            <g key={step}>
              <line class="grid-line" x1={LEFT} x2={width - RIGHT} y1={y(step)} y2={y(step)} />
              <text class="axis" x={LEFT - 6} y={y(step) + 4} text-anchor="end">
                {short(step)}
              </text>
            </g>
          ))}
          {totals.map((_, bar) => {
            let base = 0;
            return (
              <g key={bar} class={bar === cursor ? 'bar at-cursor' : bar === open ? 'bar is-open' : 'bar'}>
                {stacks.map((stack, index) => {
                  const count = stack.counts[bar] ?? 0;
                  if (count === 0) return null;
                  const upper = y(base + count);
                  const lower = y(base);
                  base += count;
                  return (
                    <rect
                      key={stack.name}
                      class={colourOf(index)}
                      x={LEFT + bar * barWidth + 0.5}
                      width={Math.max(1, barWidth - 1)}
                      y={upper}
                      height={Math.max(1, lower - upper)}
                    />
                  );
                })}
                <rect
                  class={onOpen ? 'bar-reach opens' : 'bar-reach'}
                  x={LEFT + bar * barWidth}
                  width={barWidth}
                  y={TOP}
                  height={height - TOP - BOTTOM}
                  onMouseMove={() => setCursor(bar)}
                  onClick={() => onOpen?.(bar)}
                />
                {(bar + phase) % every === 0 && (
                  <text
                    class="axis"
                    x={LEFT + (bar + 0.5) * barWidth}
                    y={height - 5}
                    text-anchor="middle"
                  >
                    {barLabel(bar)}
                  </text>
                )}
              </g>
            );
          })}
        </svg>
      </div>
      <div class="chart-foot">
        <output class="chart-said" aria-live="polite">
          {cursor === null ? '' : words(cursor)}
        </output>
        {stacks.length > 1 && (
          <ul class="legend" aria-label="Colours">
            {stacks.map((stack, index) => (
              <li key={stack.name}>
                <span class={`swatch ${colourOf(index)}`} aria-hidden="true" />
                {stack.name}
              </li>
            ))}
          </ul>
        )}
      </div>
    </div>
  );
}
