// What to say when a call has failed, and what helps.

import { type Failure, Problem } from '../api/problem';
import { span } from './time';

export interface Said {
  title: string;
  detail: string;
  /** Worth asking again. */
  again: boolean;
}

export function explain(failure: Failure): Said {
  if (!(failure instanceof Problem)) {
    return {
      title: 'The API cannot be reached',
      detail: 'Either you are offline, or the API is. It is tried again by itself.',
      again: true,
    };
  }
  const { status, title, detail, retryAfterSeconds } = failure;
  const later = retryAfterSeconds === undefined ? 'shortly' : `in ${span(retryAfterSeconds * 1_000)}`;
  switch (status) {
    case 401:
      return { title: 'Sign in again', detail: 'Your token was refused: it has expired, or is not for this system.', again: false };
    case 403:
      return { title: 'Your role may not do this', detail: `${sentence(detail)} Somebody with another role has to.`, again: false };
    case 404:
      return { title: 'There is no such thing', detail: `${sentence(detail)} It may have been deleted, or be somebody else's.`, again: false };
    case 412:
      return { title: 'Somebody changed it meanwhile', detail: sentence(detail), again: true };
    case 429:
      return { title: 'That is more than your plan allows now', detail: `${sentence(detail)} Try again ${later}.`, again: true };
    case 503:
      return { title, detail: `${sentence(detail)} Try again ${later}.`, again: true };
    default:
      return { title, detail: sentence(detail), again: status >= 500 };
  }
}

function sentence(text: string): string {
  const whole = text.charAt(0).toUpperCase() + text.slice(1);
  return /[.!?]$/.test(whole) || whole === '' ? whole : `${whole}.`;
}
