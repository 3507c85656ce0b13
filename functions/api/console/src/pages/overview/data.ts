// What the overview asks for, and how often: what is dear to compute or rarely changes is asked for less.

import { get, request } from '../../api/call';
import { usePolling } from '../../state/polling';
import type { Forecast } from '../forecast/shape';
import type { Activity } from './shape';

export const useActivity = () =>
  usePolling('activity', (signal) => request<Activity>('GET', '/v1/admin/activity', { query: { minutes: 60 }, signal }), {
    everySeconds: 10,
  });

export const usePressure = () => usePolling('pressure', (signal) => get('/v1/admin/pressure', { signal }), { everySeconds: 5 });

export const useNextHour = () =>
  usePolling('next-hour', (signal) => request<Forecast>('GET', '/v1/forecast', { query: { window: 'hour' }, signal }), {
    everySeconds: 60,
  });

/** The newest few: enough to see that there are some, and of what kind. */
export const useOpenLetters = () =>
  usePolling('open-letters', (signal) => get('/v1/dead-letters', { query: { status: 'open', limit: 5 }, signal }), {
    everySeconds: 30,
  });
