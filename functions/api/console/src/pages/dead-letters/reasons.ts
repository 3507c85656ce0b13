// The reasons for which executions become dead letters, for the filter. The API knows more reasons: those of executions
// that were skipped or canceled, which are no dead letters.

import type { Schemas } from '../../api/call';

export const REASONS: readonly Schemas['Reason'][] = [
  'attempt_failed',
  'rejected',
  'timed_out',
  'panicked',
  'worker_lost',
  'redelivery_exhausted',
  'unknown_job_type',
  'secret_missing',
  'secret_unavailable',
  'no_worker',
  'target_refused',
  'target_breaker',
  'dns_failed',
  'connect_failed',
  'tls_failed',
  'response_broken',
  'too_many_redirects',
];
