// The figures of a what-if, each with how it is written.

import type { Schemas } from '../../api/call';
import { dollars } from '../../words/count';
import { span } from '../../words/time';

export interface ComparedRow {
  name: string;
  /** `null`: it cannot be told, for so many never start. */
  before: number | null;
  after: number | null;
  words: (value: number | null) => string;
}

type Figure = [name: string, of: (outcome: Schemas['WhatIfOutcome']) => number | null, words: (value: number) => string];

const whole = (value: number) => value.toLocaleString('en');

const FIGURES: readonly Figure[] = [
  ['Starts in the busiest second', (outcome) => outcome.peak_per_second, whole],
  ['Starts in the busiest minute', (outcome) => outcome.peak_per_minute, whole],
  ['Lateness, half within (p50)', (outcome) => outcome.lateness_ms.p50, span],
  ['Lateness, 99 of 100 within (p99)', (outcome) => outcome.lateness_ms.p99, span],
  ['Lateness, the latest', (outcome) => outcome.lateness_ms.max, span],
  ['Never start', (outcome) => outcome.never, whole],
  ['The worst herd is worked off in', (outcome) => outcome.drain_seconds, (seconds) => span(seconds * 1_000)],
  ['Cost per month', (outcome) => outcome.usd_per_month, dollars],
];

export function rowsOf(before: Schemas['WhatIfOutcome'], after: Schemas['WhatIfOutcome']): ComparedRow[] {
  return FIGURES.map(([name, of, words]) => ({
    name,
    before: of(before),
    after: of(after),
    words: (value) => (value === null ? 'never' : words(value)),
  }));
}

const perBand = ({ high, normal, low }: Schemas['BandSeconds'], words: (value: number) => string) => `${words(high)} high, ${words(normal)} normal, ${words(low)} low`;

/** What the prediction takes as given, in words. */
export function assumedWords({ places, mean_seconds, shards }: Schemas['WhatIfAssumptions']): string {
  const mean = perBand(mean_seconds, (seconds) => span(seconds * 1_000));
  return `places ${perBand(places, whole)}; each held for ${mean}, as measured lately; ${shards} shards`;
}
