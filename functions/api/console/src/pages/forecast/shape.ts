// What the forecast's routes answer.

export interface Agenda {
  taken_at: string;
  jobs: number;
  is_whole: boolean;
  changes_left_out: number;
  changes_are_more: boolean;
}

/** What every answer says of how far it can be trusted. */
export interface Trust {
  agenda: Agenda;
  is_estimate: boolean;
  sampled_one_of: number;
  left_out: { after_others: number };
  calendars: number;
}

export interface Peak {
  at: string;
  starts: number;
  words: string;
  by_cadence: { cadence: string; starts: number }[];
}

/** `null` is the rest together, or no target. */
export interface Group {
  key: string | null;
  starts: number;
  peak_at: string | null;
  peak_starts: number;
}

export type By = 'job_type' | 'user' | 'target';

export interface Forecast extends Trust {
  from: string;
  until: string;
  by: By;
  minutes: number[];
  total: number;
  peaks: Peak[];
  groups: Group[];
}

export interface ForecastMinute extends Trust {
  minute: string;
  by: By;
  total: number;
  seconds: { starts: number; groups: { key: string | null; starts: number }[] }[];
}

export interface Outcome {
  peak_per_second: number;
  peak_per_minute: number;
  peak_at: string | null;
  lateness_ms: { p50: number; p99: number; max: number };
  drain_seconds: number;
  usd_per_month: number;
}

export interface WhatIf {
  from: string;
  until: string;
  agenda: Agenda;
  before: Outcome;
  after: Outcome;
  assumptions: Record<string, unknown>;
}
