// A schedule as a form holds it. Every kind keeps what was typed while another one is looked at.

import type { Schemas } from '../../api/call';

export type Kind = Schemas['Schedule']['kind'];

export interface ScheduleDraft {
  kind: Kind;
  timezone: string;
  /** Of `once`: wall time in `timezone`, `2026-11-28T12:00:00`. */
  onceLocal: string;
  everyAmount: string;
  everyUnit: Unit;
  /** Of `every`: an instant, or empty for now. */
  everyAnchor: string;
  cronExpression: string;
  rule: string;
  ruleStart: string;
}

export const UNITS = { seconds: 1, minutes: 60, hours: 3_600, days: 86_400 } as const;
export type Unit = keyof typeof UNITS;

export function startingSchedule(timezone: string): ScheduleDraft {
  return {
    kind: 'cron',
    timezone,
    onceLocal: '',
    everyAmount: '15',
    everyUnit: 'minutes',
    everyAnchor: '',
    cronExpression: '0 9 * * MON-FRI',
    rule: 'FREQ=MONTHLY;BYDAY=-1FR;BYHOUR=17;BYMINUTE=0',
    ruleStart: '',
  };
}

export function scheduleDraft(schedule: Schemas['Schedule'], timezone: string): ScheduleDraft {
  const start = startingSchedule(timezone);
  switch (schedule.kind) {
    case 'cron':
      return { ...start, kind: 'cron', cronExpression: schedule.expression, timezone: schedule.timezone ?? 'UTC' };
    case 'rrule':
      return { ...start, kind: 'rrule', rule: schedule.rule, ruleStart: schedule.starts_at_local ?? '', timezone: schedule.timezone ?? 'UTC' };
    case 'every':
      return { ...start, kind: 'every', ...inUnits(schedule.seconds), everyAnchor: schedule.anchor_at ?? '' };
    case 'once':
      if ('local' in schedule) return { ...start, kind: 'once', onceLocal: schedule.local, timezone: schedule.timezone };
      // An instant is edited as one: on UTC's clock, whatever zone it was shown in.
      return { ...start, kind: 'once', onceLocal: new Date(schedule.at).toISOString().slice(0, 19), timezone: 'UTC' };
    case 'after':
      return { ...start, kind: 'after' };
  }
}

/** In the largest unit that holds it whole. */
function inUnits(seconds: number): { everyAmount: string; everyUnit: Unit } {
  const units = Object.keys(UNITS).reverse() as Unit[];
  const everyUnit = units.find((unit) => seconds % UNITS[unit] === 0) ?? 'seconds';
  return { everyAmount: String(seconds / UNITS[everyUnit]), everyUnit };
}

/** What the API is sent; undefined for a job that has no times of its own. */
export function scheduleRequest(draft: ScheduleDraft): Record<string, unknown> | undefined {
  const { timezone } = draft;
  switch (draft.kind) {
    case 'cron':
      return { kind: 'cron', expression: draft.cronExpression.trim(), timezone };
    case 'rrule':
      return { kind: 'rrule', rule: draft.rule.trim(), timezone, ...(draft.ruleStart ? { starts_at_local: seconds(draft.ruleStart) } : {}) };
    case 'every': {
      const amount = Number(draft.everyAmount);
      const period = Number.isFinite(amount) && draft.everyAmount.trim() !== '' ? Math.round(amount * UNITS[draft.everyUnit]) : draft.everyAmount;
      return { kind: 'every', seconds: period, ...(draft.everyAnchor ? { anchor_at: draft.everyAnchor } : {}) };
    }
    case 'once':
      return { kind: 'once', local: seconds(draft.onceLocal), timezone };
    case 'after':
      return undefined;
  }
}

/** Browsers leave out the seconds where they are zero. */
export const seconds = (local: string): string => (/T\d\d:\d\d$/.test(local) ? `${local}:00` : local);
