// What the address says of the forecast: how far, of what, by what, and which day and minute are open.

import type { Selection } from './change';
import type { Window } from './grids';

/** By what starts are told apart, as the answers name it. */
export type By = 'job_types' | 'users' | 'targets';

export interface View {
  window: Window;
  by: By;
  selection: Selection;
  /** An instant of the day that is open within a month. */
  day: number | null;
  /** The minute whose seconds are shown, as the API names it. */
  minute: string | null;
}

/** The parameter that narrows a forecast to one of a kind. */
export const FILTER_OF: Record<By, keyof Selection> = { job_types: 'job_type', users: 'user', targets: 'target' };

const WINDOWS: readonly Window[] = ['hour', 'day', 'month'];
const BYS: readonly By[] = ['job_types', 'users', 'targets'];

export function viewOf(query: URLSearchParams): View {
  const text = (name: string) => query.get(name)?.trim() ?? '';
  return {
    window: WINDOWS.find((one) => one === query.get('window')) ?? 'day',
    by: BYS.find((one) => one === query.get('by')) ?? 'job_types',
    selection: { user: text('user'), job_type: text('job_type'), target: text('target') },
    day: instantOf(text('day')),
    minute: minuteOf(text('minute')),
  };
}

function instantOf(text: string): number | null {
  const at = text === '' ? NaN : Date.parse(text);
  return Number.isNaN(at) ? null : at;
}

function minuteOf(text: string): string | null {
  const at = instantOf(text);
  return at === null ? null : minuteName(at);
}

/** A minute as the API and the address name it: `2026-11-29T12:00:00Z`. */
export function minuteName(at: number): string {
  return new Date(Math.floor(at / 60_000) * 60_000).toISOString().replace('.000Z', 'Z');
}
