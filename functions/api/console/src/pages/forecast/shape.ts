// What the forecast's routes answer.

/** What every answer says of how far it can be trusted. */
export interface Trust {
  agenda: { taken_at: string; is_whole: boolean; changes_left_out: number; changes_are_more: boolean };
  /** Of so many jobs only one of `one_of` was looked at: an estimate. */
  sample: { jobs: number; one_of: number } | null;
  left_out: { after_others: number; calendars: number; unreadable: number };
}

export interface Peak {
  at: string;
  starts: number;
  words: string;
  cadences: { cadence: string; starts: number }[];
}

/** The busiest of a kind, and the rest together. */
export interface Ranking {
  top: { key: string; jobs: number; starts: number }[];
  others: number;
  others_start: number;
}

/** By what starts are told apart, as the answers name it. */
export type By = 'job_types' | 'users' | 'targets';

export type Forecast = Trust & {
  from: string;
  until: string;
  /** Where `minutes` begin: the first of them is under way. */
  first_minute: string;
  minutes: number[];
  total: number;
  /** That start at all. */
  jobs: number;
  peaks: Peak[];
} & Record<By, Ranking>;

/** `null`: all others together. */
export interface KeyedSeconds {
  key: string | null;
  seconds: number[];
}

export type ForecastMinute = Trust & {
  minute: string;
  total: number;
  seconds: number[];
} & Record<By, KeyedSeconds[]>;

export interface Outcome {
  starts: number;
  peak_per_second: number;
  peak_at: string | null;
  peak_per_minute: number;
  /** `null`: so many never start, or nothing does. */
  lateness_ms: { p50: number | null; p99: number | null; max: number | null };
  never: number;
  untold: number;
  drain_seconds: number;
  usd_per_month: number;
}

export interface PerBand {
  high: number;
  normal: number;
  low: number;
}

export interface Assumptions {
  places: PerBand;
  mean_seconds: PerBand;
  shards: number;
}

export type WhatIf = Trust & {
  from: string;
  until: string;
  /** That the change is about. */
  jobs: number;
  before: Outcome;
  after: Outcome;
  assumptions: Assumptions;
  assumptions_after: Assumptions;
};
