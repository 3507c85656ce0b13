// Reasons in plain words. The API's own explanation says more, where it gives one.

import type { Schemas } from '../api/call';

const WORDS: Record<Schemas['Reason'], string> = {
  attempt_failed: 'the attempt failed',
  rejected: 'it was rejected, and would be again',
  timed_out: 'it took too long',
  panicked: 'the handler broke down',
  worker_lost: 'its worker was lost',
  redelivery_exhausted: 'it was delivered too often',
  misfire: 'it was missed',
  deferred: 'it was put off under pressure',
  held: 'a hold keeps it',
  superseded: 'a later one stands for it',
  overlap: 'an earlier one was still running',
  limited: 'a limit was reached',
  skipped_by_user: 'somebody skipped it',
  excluded: 'a calendar excludes it',
  job_paused: 'the job was paused',
  job_canceled: 'the job was deleted',
  canceled_by_user: 'somebody canceled it',
  unknown_job_type: 'nobody knows this type of job',
  secret_missing: 'a secret does not exist',
  secret_unavailable: 'a secret could not be read',
  no_worker: 'no worker took it',
  target_refused: 'the target may not be called',
  dns_failed: 'the host was not found',
  connect_failed: 'no connection came about',
  tls_failed: 'the connection could not be secured',
  response_broken: 'the answer broke off',
  too_many_redirects: 'it was redirected too often',
  target_breaker: 'the target failed too often of late',
  upstream_failed: 'a job that it runs after failed',
  upstream_not_finished: 'a job that it runs after did not end in time',
};

export function reasonWords(reason: string): string {
  return (WORDS as Record<string, string | undefined>)[reason] ?? reason.replaceAll('_', ' ');
}
