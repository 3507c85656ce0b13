// What a what-if asks: the form's fields as the API's request. Only what was filled in is asked for.

import { numberOr } from '../../state/form';

/** The form's fields, as typed. */
export interface ChangeForm {
  spread_seconds: string;
  spread: '' | 'hash' | 'auto';
  max_concurrency: string;
  shards: string;
  places_high: string;
  places_normal: string;
  places_low: string;
}

export const NO_CHANGE: ChangeForm = {
  spread_seconds: '',
  spread: '',
  max_concurrency: '',
  shards: '',
  places_high: '',
  places_normal: '',
  places_low: '',
};

/** Each control by the path under which the API says what is wrong with it. */
export const PATH_OF: Record<keyof ChangeForm, string> = {
  spread_seconds: 'change.spread_seconds',
  spread: 'change.spread',
  max_concurrency: 'change.max_concurrency',
  shards: 'change.shards',
  places_high: 'change.places.high',
  places_normal: 'change.places.normal',
  places_low: 'change.places.low',
};

export interface Selection {
  user: string;
  job_type: string;
  target: string;
}

/** Whether anything would change at all. */
export function saysSomething(form: ChangeForm): boolean {
  return Object.values(form).some((value) => value !== '');
}

/** The body of `POST /v1/forecast/what-if`. What is no number goes as it was typed, for the API to say so beside its field. */
export function whatIfOf(form: ChangeForm, selection: Selection, window: string): Record<string, unknown> {
  const { places_high, places_normal, places_low, ...plain } = form;
  const places = numbers({ high: places_high, normal: places_normal, low: places_low });
  const change = { ...numbers(plain), ...(Object.keys(places).length > 0 ? { places } : {}) };
  const of = Object.fromEntries(Object.entries(selection).filter(([, value]) => value !== ''));
  return { change, for: of, window };
}

function numbers(fields: Record<string, string>): Record<string, number | string> {
  const said: Record<string, number | string> = {};
  for (const [field, typed] of Object.entries(fields)) if (typed.trim() !== '') said[field] = numberOr(typed);
  return said;
}

/** How one figure changes: "−84 %", "unchanged". Of nothing there is no share. */
export function differenceWords(before: number, after: number): string {
  if (before === after) return 'unchanged';
  if (before === 0) return 'from none';
  const percent = Math.round(((after - before) / before) * 100);
  if (percent === 0) return 'hardly changed';
  return `${percent > 0 ? '+' : '−'}${Math.abs(percent).toLocaleString('en')} %`;
}
