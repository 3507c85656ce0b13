// Holds in words.

import type { Schemas } from '../../api/call';

export type Hold = Schemas['Hold'];

export const KINDS: readonly { kind: Hold['kind']; name: string; hint: string }[] = [
  { kind: 'target_host', name: 'a target host', hint: 'Without a port: api.example.com' },
  { kind: 'job_type', name: 'a job type', hint: 'http, sql, …' },
  { kind: 'user', name: 'a user', hint: 'As their token names them' },
];

/** `host api.example.com`. */
export function heldWords({ kind, value }: Pick<Hold, 'kind' | 'value'>): string {
  return `${{ target_host: 'host', job_type: 'type', user: 'user' }[kind]} ${value}`;
}

/** `812`, or `more than 5,000`. */
export function heldCount({ held, held_is_more }: Pick<Hold, 'held' | 'held_is_more'>): string {
  return `${held_is_more ? 'more than ' : ''}${held.toLocaleString('en')}`;
}

/** What lifting it at once will do. */
export function liftWords(hold: Hold): string {
  return `${heldCount(hold)} execution${hold.held === 1 && !hold.held_is_more ? '' : 's'} held by it will start as soon as there is capacity, and what is new starts at once.`;
}

/** How long a release at a rate takes, for as many as were counted. */
export function releaseWords(hold: Hold, perMinute: number): string {
  const minutes = Math.ceil(hold.held / Math.max(1, perMinute));
  const long = minutes <= 1 ? 'within a minute' : `over ${hold.held_is_more ? 'more than ' : 'about '}${minutes.toLocaleString('en')} minutes`;
  return `${heldCount(hold)} are let go ${long}; what is new joins behind them.`;
}
