// A job as a form holds it: texts, as they were typed. What the API is sent is made from it in one place, so that a field
// that was left empty is left out there, and gets the API's default.

import type { Schemas } from '../../api/call';
import type { JobType } from '../../words/jobType';
import { startingPayload } from '../../words/jobType';
import { type ScheduleDraft, scheduleDraft, scheduleRequest, startingSchedule } from './schedule';

export type JobRequest = Schemas['JobRequest'];
export type NotifyOn = Schemas['NotifyOn'];

/** A way to tell somebody, with what the form has no control for in `rest`. */
export interface ChannelDraft {
  kind: Schemas['Channel']['kind'];
  /** An address, several mail addresses, or a topic, by its kind. `secret:NAME` names a secret. */
  to: string;
  rest: Record<string, unknown>;
}

export interface Draft {
  name: string;
  jobType: JobType;
  /** The payload as JSON. Forms for it are views of this text. */
  payload: string;
  schedule: ScheduleDraft;
  after: string[];
  afterCondition: string;
  afterLimit: string;
  startsAt: string;
  endsAt: string;
  maxRuns: string;
  spreadSeconds: string;
  spread: Schemas['Placing'];
  excludeCalendars: string[];
  priority: string;
  timeout: string;
  overlap: string;
  concurrencyKey: string;
  maxConcurrency: string;
  ratePerMinute: string;
  maxRetries: string;
  backoff: string;
  maxBackoff: string;
  misfire: string;
  catchUp: string;
  pauseAfterFailures: string;
  notifyOn: NotifyOn[];
  lateAfter: string;
  channels: ChannelDraft[];
}

export function startingDraft(timezone: string): Draft {
  return {
    name: '',
    jobType: 'http',
    payload: startingPayload('http'),
    schedule: startingSchedule(timezone),
    after: [],
    afterCondition: 'all_succeeded',
    afterLimit: '',
    startsAt: '',
    endsAt: '',
    maxRuns: '',
    spreadSeconds: '',
    spread: 'hash',
    excludeCalendars: [],
    priority: '5',
    timeout: '',
    overlap: '',
    concurrencyKey: '',
    maxConcurrency: '',
    ratePerMinute: '',
    maxRetries: '',
    backoff: '',
    maxBackoff: '',
    misfire: '',
    catchUp: '',
    pauseAfterFailures: '',
    notifyOn: ['failed', 'dead'],
    lateAfter: '',
    channels: [],
  };
}

/** A job's definition, to be edited. */
export function draftOf(request: JobRequest, timezone: string): Draft {
  const text = (value: number | string | null | undefined) => (value === null || value === undefined ? '' : String(value));
  const { notify, retry, misfire } = request;
  return {
    name: request.name,
    jobType: request.job_type,
    payload: JSON.stringify(request.payload ?? {}, null, 2),
    schedule: scheduleDraft(request.schedule ?? { kind: 'after' }, timezone),
    after: request.after ?? [],
    afterCondition: request.after_condition ?? 'all_succeeded',
    afterLimit: text(request.after_limit_seconds),
    startsAt: text(request.starts_at),
    endsAt: text(request.ends_at),
    maxRuns: text(request.max_runs),
    spreadSeconds: request.spread_seconds ? text(request.spread_seconds) : '',
    spread: request.spread ?? 'hash',
    excludeCalendars: request.exclude_calendars ?? [],
    priority: text(request.priority ?? 5),
    timeout: text(request.timeout_seconds),
    overlap: text(request.overlap),
    concurrencyKey: text(request.concurrency_key),
    maxConcurrency: text(request.max_concurrency),
    ratePerMinute: text(request.rate_per_minute),
    maxRetries: text(retry?.max_retries),
    backoff: text(retry?.backoff_seconds),
    maxBackoff: text(retry?.max_backoff_seconds),
    misfire: text(misfire?.policy),
    catchUp: text(misfire?.catch_up_window_seconds),
    pauseAfterFailures: text(request.pause_after_failures),
    notifyOn: notify?.on ?? ['failed', 'dead'],
    lateAfter: text(notify?.late_after_seconds),
    channels: [
      ...(notify?.webhook_url ? [{ kind: 'webhook' as const, to: notify.webhook_url, rest: {} }] : []),
      ...(notify?.channels ?? []).map(channelDraft),
    ],
  };
}

function channelDraft(channel: Schemas['Channel']): ChannelDraft {
  const { kind, url, to, topic_arn, ...rest } = channel;
  const address = typeof url === 'object' ? `secret:${url.secret}` : (url ?? topic_arn ?? to?.join(', ') ?? '');
  return { kind, to: address, rest };
}

/** What the API is sent. Whatever is empty is left out; a number that is none is sent as typed, for the API to refuse. */
export function requestOf(draft: Draft): Record<string, unknown> {
  const rest = pruned({
    job_type: draft.jobType,
    payload: JSON.parse(draft.payload) as unknown,
    schedule: scheduleRequest(draft.schedule),
    after: draft.after.length > 0 ? draft.after : undefined,
    after_condition: draft.after.length > 0 ? draft.afterCondition : undefined,
    after_limit_seconds: draft.after.length > 0 ? number(draft.afterLimit) : undefined,
    ...times(draft),
    priority: number(draft.priority),
    timeout_seconds: number(draft.timeout),
    overlap: draft.overlap,
    concurrency_key: draft.concurrencyKey,
    max_concurrency: number(draft.maxConcurrency),
    rate_per_minute: number(draft.ratePerMinute),
    retry: group({ max_retries: number(draft.maxRetries), backoff_seconds: number(draft.backoff), max_backoff_seconds: number(draft.maxBackoff) }),
    misfire: group({ policy: draft.misfire, catch_up_window_seconds: number(draft.catchUp) }),
    pause_after_failures: number(draft.pauseAfterFailures),
    notify:
      draft.channels.length > 0
        ? pruned({ on: draft.notifyOn, late_after_seconds: number(draft.lateAfter), channels: draft.channels.map(channelRequest) })
        : undefined,
  });
  // Sent even if it is empty: then the API says what a name must be.
  return { name: draft.name, ...rest };
}

/** What says which times fire: the same in a job and in a preview. */
export function times(draft: Draft): Record<string, unknown> {
  const spreads = draft.spreadSeconds !== '' && draft.spreadSeconds !== '0';
  return {
    starts_at: draft.startsAt,
    ends_at: draft.endsAt,
    max_runs: number(draft.maxRuns),
    spread_seconds: number(draft.spreadSeconds),
    spread: spreads && draft.spread === 'auto' ? 'auto' : undefined,
    exclude_calendars: draft.excludeCalendars.length > 0 ? draft.excludeCalendars : undefined,
  };
}

function channelRequest({ kind, to, rest }: ChannelDraft): Record<string, unknown> {
  const address = to.trim();
  if (kind === 'email') return { kind, to: address.split(/[,\s]+/).filter(Boolean), ...rest };
  if (kind === 'sns') return { kind, topic_arn: address, ...rest };
  return { kind, url: address.startsWith('secret:') ? { secret: address.slice('secret:'.length) } : address, ...rest };
}

export function number(text: string): number | string | undefined {
  const trimmed = text.trim();
  if (trimmed === '') return undefined;
  const value = Number(trimmed);
  return Number.isFinite(value) ? value : trimmed;
}

const group = (fields: Record<string, unknown>) => {
  const left = pruned(fields);
  return Object.keys(left).length > 0 ? left : undefined;
};

export function pruned(fields: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined && value !== ''));
}
