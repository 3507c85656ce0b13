// What a what-if asks: the form's fields as the API's request. Only what was filled in is asked for.

/** The form's fields, as typed. */
export interface ChangeForm {
  spread_seconds: string;
  spread: '' | 'hash' | 'auto';
  max_concurrency: string;
  shards: string;
  places: string;
}

export const NO_CHANGE: ChangeForm = { spread_seconds: '', spread: '', max_concurrency: '', shards: '', places: '' };

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
  return { change: filled(form), for: filled(selection), window };
}

function filled(fields: object): Record<string, unknown> {
  const said: Record<string, unknown> = {};
  for (const [field, value] of Object.entries(fields) as [string, string][]) {
    if (value.trim() !== '') said[field] = /^\d+$/.test(value.trim()) && field !== 'user' ? Number(value) : value.trim();
  }
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
