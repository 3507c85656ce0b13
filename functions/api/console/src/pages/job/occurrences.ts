// A job's occurrences of a window of time, the earliest first, as far as a timeline can show them.

import { get, type Schemas } from '../../api/call';
import { type Polled, usePolling } from '../../state/polling';
import { WINDOWS, type WindowId } from './window';

export type Occurrence = Schemas['Occurrence'];

export interface Occurrences {
  items: Occurrence[];
  /** There are more in the window, later ones. */
  cut: boolean;
}

const PARTS_AT_MOST = 5;

export function useOccurrences(id: string, window: WindowId | undefined): Polled<Occurrences> {
  return usePolling(`occurrences/${id}/${window}`, (signal) => load(id, window ?? 'day', signal), { everySeconds: 15, enabled: window !== undefined });
}

async function load(id: string, window: WindowId, signal: AbortSignal): Promise<Occurrences> {
  const length = WINDOWS.find((one) => one.id === window)?.ms ?? 0;
  const now = Math.floor(Date.now() / 1_000) * 1_000;
  // What was sent ahead has its record before its fire time.
  const query = { from: instant(now - length), until: instant(now + 60_000), limit: 100 };
  const items: Occurrence[] = [];
  let cursor: string | null | undefined;
  for (let part = 0; part < PARTS_AT_MOST; part += 1) {
    const page = await get('/v1/jobs/{id}/occurrences', { path: { id }, query: { ...query, cursor }, signal });
    items.push(...page.items);
    cursor = page.next_cursor;
    if (!cursor) break;
  }
  return { items, cut: Boolean(cursor) };
}

const instant = (at: number) => new Date(at).toISOString().replace('.000Z', 'Z');
