// Where one is. The address says everything that a page needs to be drawn again: its path, and its filters in the query.

import { useMemo } from 'preact/hooks';
import { createStore, useStore } from '../state/store';

export const BASE = '/console';

interface Place {
  /** Below the base, beginning with `/`. */
  path: string;
  query: string;
}

function here(): Place {
  const below = location.pathname.slice(BASE.length);
  return { path: below.replace(/\/+$/, '') || '/', query: location.search };
}

/** Asks whether to leave the page; called with what leaves it. */
type Guard = (leave: () => void) => void;

let guard: Guard | undefined;

/** Nobody leaves the page for another unasked, until the function that is returned is called. */
export function holdBack(ask: Guard): () => void {
  guard = ask;
  return () => {
    if (guard === ask) guard = undefined;
  };
}

const place = createStore<Place>({ path: '/', query: '' });

/** Begins to follow the address; links to the console's own pages are then followed without loading anything. */
export function startRouter(): void {
  place.set(here());
  addEventListener('popstate', followHistory);
  document.addEventListener('click', (event) => {
    const link = (event.target as Element | null)?.closest?.('a');
    if (!link || event.defaultPrevented || event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey) return;
    if (link.target || link.origin !== location.origin || !(`${link.pathname}/`.startsWith(`${BASE}/`))) return;
    event.preventDefault();
    go((link.pathname.slice(BASE.length) || '/') + link.search);
  });
}

function followHistory() {
  const to = here();
  const from = place.get();
  if (!guard || to.path === from.path) return place.set(to);
  // The browser has gone there already: back to where one is, until the answer is given.
  history.pushState(null, '', href(from.path) + from.query);
  guard(() => go(to.path + to.query, { unasked: true }));
}

/** Goes to a path below the base; `unasked` even from a page that is held back, as when its form was saved. */
export function go(to: string, { replace = false, unasked = false } = {}): void {
  const address = href(to);
  if (guard && !unasked && new URL(address, location.href).pathname !== href(place.get().path)) {
    return guard(() => go(to, { replace, unasked: true }));
  }
  if (replace) history.replaceState(null, '', address);
  else if (address !== location.pathname + location.search) history.pushState(null, '', address);
  const before = place.get().path;
  place.set(here());
  if (!replace && place.get().path !== before) scrollTo(0, 0);
}

/** The address of a path below the base, for `href`. */
export const href = (to: string): string => (to === '/' ? BASE : BASE + to);

export const usePath = (): string => useStore(place).path;

/** The query, and how to change some of its parameters; an empty value removes one. */
export function useQuery(): [URLSearchParams, (changes: Record<string, string | undefined>) => void] {
  const { path, query } = useStore(place);
  const parameters = useMemo(() => new URLSearchParams(query), [query]);
  return [
    parameters,
    (changes) => {
      const next = new URLSearchParams(place.get().query);
      for (const [name, value] of Object.entries(changes)) {
        if (value) next.set(name, value);
        else next.delete(name);
      }
      go(next.size > 0 ? `${path}?${next}` : path, { replace: true });
    },
  ];
}

export type Params = Record<string, string>;

/** The parameters of `path` if it is one of `pattern` (`/jobs/:id`); undefined if it is not. */
export function match(pattern: string, path: string): Params | undefined {
  const names = pattern.split('/');
  const parts = path.split('/');
  if (names.length !== parts.length) return undefined;
  const params: Params = {};
  for (const [index, name] of names.entries()) {
    const part = parts[index] ?? '';
    if (name.startsWith(':') && part !== '') {
      try {
        params[name.slice(1)] = decodeURIComponent(part);
      } catch {
        return undefined;
      }
    } else if (name !== part) return undefined;
  }
  return params;
}
