// A list that is never fetched whole. The first part is kept fresh by polling; further parts are loaded when asked for.

import { useEffect, useRef, useState } from 'preact/hooks';
import type { Failure } from '../api/problem';
import { asFailure, type PollingOptions, usePolling } from './polling';

export interface Part<T> {
  items: T[];
  next_cursor?: string | null | undefined;
}

export interface Paged<T> {
  items: T[];
  /** Whether there is more than what is shown. */
  more: boolean;
  loading: boolean;
  loadingMore: boolean;
  failure: Failure | undefined;
  loadMore: () => void;
  refresh: () => void;
  /** When the first part was got. */
  at: number | undefined;
}

/**
 * The first part, anew, before what was loaded further on. What left the first part for a later one is kept where that
 * was loaded; what left the list altogether is dropped with the first part it stood in.
 */
export function mergeParts<T>(first: T[], further: T[], idOf: (item: T) => string): T[] {
  const fresh = new Set(first.map(idOf));
  return [...first, ...further.filter((item) => !fresh.has(idOf(item)))];
}

/** Loads the list that `key` names, part by part; `load` is given the cursor of the part, or undefined for the first. */
export function usePaged<T>(
  key: string,
  load: (cursor: string | undefined, signal?: AbortSignal) => Promise<Part<T>>,
  idOf: (item: T) => string,
  options: PollingOptions = {},
): Paged<T> {
  const first = usePolling(key, (signal) => load(undefined, signal), options);
  const [further, setFurther] = useState<{ key: string; items: T[]; cursor: string | null }>();
  const [underWay, setUnderWay] = useState<string>();
  const [failed, setFailed] = useState<{ key: string; failure: Failure }>();
  const currentKey = useRef(key);
  currentKey.current = key;
  useEffect(() => setUnderWay(undefined), [key]);

  const beyond = further?.key === key ? further : undefined;
  const cursor = beyond ? beyond.cursor : (first.data?.next_cursor ?? null);

  async function loadMore() {
    if (cursor === null || underWay === key) return;
    setUnderWay(key);
    setFailed(undefined);
    try {
      const part = await load(cursor);
      if (currentKey.current !== key) return;
      setFurther({ key, items: [...(beyond?.items ?? []), ...part.items], cursor: part.next_cursor ?? null });
    } catch (error) {
      setFailed({ key, failure: asFailure(error) });
    } finally {
      setUnderWay(undefined);
    }
  }

  return {
    items: first.data ? mergeParts(first.data.items, beyond?.items ?? [], idOf) : [],
    more: cursor !== null,
    loading: first.loading,
    loadingMore: underWay === key,
    failure: first.failure ?? (failed?.key === key ? failed.failure : undefined),
    loadMore: () => void loadMore(),
    refresh() {
      setFurther(undefined);
      first.refresh();
    },
    at: first.at,
  };
}
