// The places that are always one key or one click away.

export interface Place {
  to: string;
  name: string;
  /** After `g`. */
  key: string;
  who: 'everyone' | 'keepers';
}

export const PLACES: readonly Place[] = [
  { to: '/', name: 'Overview', key: 'o', who: 'everyone' },
  { to: '/jobs', name: 'Jobs', key: 'j', who: 'everyone' },
  { to: '/forecast', name: 'Forecast', key: 'f', who: 'everyone' },
  { to: '/dead-letters', name: 'Dead letters', key: 'd', who: 'everyone' },
  { to: '/admin', name: 'Admin', key: 'a', who: 'keepers' },
];

/** Whether `path` lies at `place` or below it. */
export function isAt(place: Place, path: string): boolean {
  if (place.to === '/') return path === '/';
  if (place.to === '/jobs' && path.startsWith('/executions/')) return true;
  return path === place.to || path.startsWith(`${place.to}/`);
}
