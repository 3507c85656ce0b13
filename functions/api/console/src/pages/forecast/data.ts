// What the forecast page asks for. The longer the window, the dearer the answer and the less it changes.

import { get } from '../../api/call';
import { usePolling } from '../../state/polling';
import type { Selection } from './change';
import type { Window } from './grids';

const EVERY: Record<Window, number> = { hour: 30, day: 60, month: 300 };

export function useForecast(window: Window, selection: Selection) {
  const query = { window, ...selection };
  return usePolling(
    `forecast ${JSON.stringify(query)}`,
    (signal) => get('/v1/forecast', { query, signal }),
    { everySeconds: EVERY[window] },
  );
}

export function useMinute(minute: string, selection: Selection) {
  const query = { at: minute, ...selection };
  return usePolling(
    `minute ${JSON.stringify(query)}`,
    (signal) => get('/v1/forecast/minute', { query, signal }),
    { everySeconds: 60 },
  );
}
