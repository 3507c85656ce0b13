// The figures of a what-if, each with how it is written.

import { dollars } from '../../words/count';
import { span } from '../../words/time';
import type { Outcome } from './shape';

export interface ComparedRow {
  name: string;
  before: number;
  after: number;
  words: (value: number) => string;
}

const whole = (value: number) => value.toLocaleString('en');

const FIGURES: { name: string; of: (outcome: Outcome) => number; words: (value: number) => string }[] = [
  { name: 'Starts in the busiest second', of: (outcome) => outcome.peak_per_second, words: whole },
  { name: 'Starts in the busiest minute', of: (outcome) => outcome.peak_per_minute, words: whole },
  { name: 'Lateness, half within (p50)', of: (outcome) => outcome.lateness_ms.p50, words: span },
  { name: 'Lateness, 99 of 100 within (p99)', of: (outcome) => outcome.lateness_ms.p99, words: span },
  { name: 'Lateness, the latest', of: (outcome) => outcome.lateness_ms.max, words: span },
  { name: 'The worst herd is worked off in', of: (outcome) => outcome.drain_seconds, words: (value) => span(value * 1_000) },
  { name: 'Cost per month', of: (outcome) => outcome.usd_per_month, words: dollars },
];

export function rowsOf(before: Outcome, after: Outcome): ComparedRow[] {
  return FIGURES.map(({ name, of, words }) => ({ name, before: of(before), after: of(after), words }));
}
