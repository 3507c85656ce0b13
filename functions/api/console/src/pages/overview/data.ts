// What the overview asks for, and how often: what is dear to compute or rarely changes is asked for less.

import { get, type Schemas } from '../../api/call';
import { usePolling } from '../../state/polling';

export const useActivity = () =>
  usePolling('activity', (signal) => get('/v1/admin/activity', { query: { minutes: 60 }, signal }), {
    everySeconds: 10,
  });

export const usePressure = () => usePolling('pressure', (signal) => get('/v1/admin/pressure', { signal }), { everySeconds: 5 });

export const useNextHour = () =>
  usePolling('next-hour', (signal) => get('/v1/forecast', { query: { window: 'hour' }, signal }), {
    everySeconds: 60,
  });

/** The newest few: enough to see that there are some, and of what kind. */
export const useOpenLetters = () => usePolling('open-letters', openLetters, { everySeconds: 30 });

const PARTS_AT_ONCE = 4;

/** A part of the letters may have none that are open, and not be the last. */
async function openLetters(signal: AbortSignal): Promise<Schemas['FoundLetterPage']> {
  const part = (cursor?: string | null) => get('/v1/dead-letters', { query: { status: 'open', limit: 5, cursor }, signal });
  let page = await part();
  for (let read = 1; page.items.length === 0 && page.next_cursor && read < PARTS_AT_ONCE; read += 1) page = await part(page.next_cursor);
  return page;
}
