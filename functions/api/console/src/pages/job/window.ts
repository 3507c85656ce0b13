// How far back a timeline looks: so that a job that fires each minute and one that fires each month both show some dozens
// of occurrences.

export const WINDOWS = [
  { id: 'hour', name: 'an hour', ms: 3_600_000 },
  { id: 'day', name: 'a day', ms: 86_400_000 },
  { id: 'week', name: 'a week', ms: 7 * 86_400_000 },
  { id: 'month', name: '30 days', ms: 30 * 86_400_000 - 60_000 },
] as const;

export type WindowId = (typeof WINDOWS)[number]['id'];

const WANTED = 20;

/** The shortest window that likely holds `WANTED` occurrences of a job with these times ahead; the longest, if none does. */
export function fittingWindow(ahead: readonly number[]): WindowId {
  const [first] = ahead;
  const last = ahead.at(-1);
  if (first === undefined || last === undefined || ahead.length < 2) return 'month';
  const gap = (last - first) / (ahead.length - 1);
  return WINDOWS.find(({ ms }) => ms / gap >= WANTED)?.id ?? 'month';
}
