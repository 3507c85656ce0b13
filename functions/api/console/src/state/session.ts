// Who is signed in. The token lives in this tab, or in the browser if one asked to stay signed in; it is sent to the API
// and shown to nobody. What is read from it only decides what is offered: the API judges it anew with every call.

import { dropDraftsOfOthers } from './drafts';
import { createStore } from './store';
import { localStorageOrNone, read, sessionStorageOrNone, write } from './kept';

export type Role = 'admin' | 'operator' | 'user' | 'viewer';

export interface Session {
  token: string;
  user: string;
  /** Unknown where the system names roles in a claim of its own: then everything is offered, and the API refuses. */
  role: Role | undefined;
  expiresAt: number | undefined;
}

/** Why nobody is signed in, if somebody was. */
export type SignedOut = 'never' | 'by-choice' | 'refused';

export const session = createStore<Session | undefined>(undefined);
export const signedOut = createStore<SignedOut>('never');

const ROLES: readonly Role[] = ['admin', 'operator', 'user', 'viewer'];

/** Reads a token's claims without judging them. Undefined if it is no JWT at all. */
export function readToken(token: string): Session | undefined {
  const body = token.trim().split('.')[1];
  if (body === undefined) return undefined;
  try {
    const bytes = Uint8Array.from(atob(body.replace(/-/g, '+').replace(/_/g, '/')), (c) => c.charCodeAt(0));
    const claims: unknown = JSON.parse(new TextDecoder().decode(bytes));
    if (claims === null || typeof claims !== 'object') return undefined;
    const { sub, exp, punctual_role } = claims as Record<string, unknown>;
    return {
      token: token.trim(),
      user: typeof sub === 'string' ? sub : '(unnamed)',
      role: ROLES.find((role) => role === punctual_role),
      expiresAt: typeof exp === 'number' ? exp * 1000 : undefined,
    };
  } catch {
    return undefined;
  }
}

export function signIn(next: Session, keep: boolean): void {
  write(keep ? localStorageOrNone() : sessionStorageOrNone(), 'token', next.token);
  take(next);
}

/** Whoever takes over the tab finds nothing that others had typed. */
function take(next: Session): void {
  dropDraftsOfOthers(next.user);
  session.set(next);
}

export function signOut(why: SignedOut): void {
  write(localStorageOrNone(), 'token', null);
  write(sessionStorageOrNone(), 'token', null);
  if (why === 'by-choice') dropDraftsOfOthers();
  signedOut.set(why);
  session.set(undefined);
}

/** Takes up the session of a link (`#token=…`, removed from the address at once) or of an earlier visit. */
export function resumeSession(): void {
  const linked = new URLSearchParams(location.hash.slice(1)).get('token');
  if (linked !== null) history.replaceState(null, '', location.pathname + location.search);
  const found = readToken(linked ?? read(sessionStorageOrNone(), 'token') ?? read(localStorageOrNone(), 'token') ?? '');
  if (found === undefined) return;
  if (linked !== null) signIn(found, false);
  else take(found);
}

/** Whether the role lets them do what `who` may do, as far as their token says. */
export function may(current: Session | undefined, who: 'everyone' | 'writers' | 'keepers' | 'admins'): boolean {
  const role = current?.role;
  if (role === undefined) return current !== undefined;
  switch (who) {
    case 'everyone':
      return true;
    case 'writers':
      return role !== 'viewer';
    case 'keepers':
      return role === 'admin' || role === 'operator';
    case 'admins':
      return role === 'admin';
  }
}
