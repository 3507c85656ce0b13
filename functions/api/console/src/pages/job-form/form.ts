// What the parts of the form are given: the draft, how to change it, and what is said against each field.

import { placeErrors, type FieldError, type PlacedErrors } from '../../api/problem';
import type { Draft } from './draft';

export interface Form {
  draft: Draft;
  change: (changes: Partial<Draft>) => void;
  /** What the API says against the field of this path. */
  problem: (path: string) => string | undefined;
}

/** Every field that has a control, by its path in the request. What lies below one is told at it. */
const CONTROLS = [
  'name',
  'job_type',
  'payload',
  'schedule',
  'schedule.expression',
  'schedule.timezone',
  'schedule.rule',
  'schedule.starts_at_local',
  'schedule.seconds',
  'schedule.anchor_at',
  'schedule.local',
  'after',
  'after_condition',
  'after_limit_seconds',
  'starts_at',
  'ends_at',
  'max_runs',
  'spread_seconds',
  'spread',
  'exclude_calendars',
  'priority',
  'timeout_seconds',
  'overlap',
  'concurrency_key',
  'max_concurrency',
  'rate_per_minute',
  'retry.max_retries',
  'retry.backoff_seconds',
  'retry.max_backoff_seconds',
  'misfire.policy',
  'misfire.catch_up_window_seconds',
  'pause_after_failures',
  'notify',
  'notify.on',
  'notify.late_after_seconds',
  'notify.channels',
];

/** The payload's own fields that have a control while its form is shown. */
export const HTTP_CONTROLS = ['payload.url', 'payload.method', 'payload.headers', 'payload.body'];

/** `schedule.at` is said of what the form calls `schedule.local`. */
const ALSO_CALLED: Record<string, string> = { 'schedule.at': 'schedule.local' };

export function place(errors: FieldError[], payloadControls: readonly string[]): PlacedErrors {
  const renamed = errors.map((error) => ({ ...error, field: ALSO_CALLED[error.field] ?? error.field }));
  return placeErrors(renamed, [...CONTROLS, ...payloadControls]);
}
