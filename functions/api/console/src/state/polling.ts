// Short polling: asks, waits, asks again, and only while the page is seen. What was got stays when a later call fails;
// failures are asked after ever more rarely, and never sooner than the API said.

import { useCallback, useEffect, useRef, useState } from 'preact/hooks';
import { type Failure, Problem, Unreachable } from '../api/problem';
import { followVisibility } from './visible';

export interface Polled<T> {
  data: T | undefined;
  /** Why the last call failed; undefined once one has succeeded again. */
  failure: Failure | undefined;
  /** A first answer is awaited. */
  loading: boolean;
  /** When `data` was got. */
  at: number | undefined;
  refresh: () => void;
}

export interface PollingOptions {
  everySeconds?: number;
  /** Asks nothing while false. */
  enabled?: boolean;
}

const LONGEST_WAIT_SECONDS = 60;

/** How long to wait after `failures` failures in a row. Undefined: asking again will not help. */
export function nextWait(everySeconds: number, failures: number, failure: Failure | undefined): number | undefined {
  if (failure === undefined) return everySeconds;
  if (failure instanceof Problem && failure.status >= 400 && failure.status < 500 && failure.status !== 429) return undefined;
  const backedOff = Math.min(Math.max(everySeconds, 2) * 2 ** Math.min(failures, 6), LONGEST_WAIT_SECONDS);
  return failure instanceof Problem ? Math.max(backedOff, failure.retryAfterSeconds ?? 0) : Math.min(backedOff, 10);
}

/** Whatever was thrown as a failure to show; a fault of the console's own is thrown on, to be seen. */
export function asFailure(error: unknown): Failure {
  if (error instanceof Problem || error instanceof Unreachable) return error;
  throw error;
}

/**
 * Loads what `key` names, again every few seconds. Another key drops what was got, and aborts what is under way.
 * `load` may be a new function at each drawing: the key says when it means something else.
 */
export function usePolling<T>(key: string, load: (signal: AbortSignal) => Promise<T>, options: PollingOptions = {}): Polled<T> {
  const { everySeconds = 5, enabled = true } = options;
  const [state, setState] = useState<{ key: string; data?: T; failure?: Failure; at?: number }>({ key });
  const latest = useRef(load);
  latest.current = load;
  const asked = useRef<() => void>(() => {});

  useEffect(() => {
    if (!enabled) return undefined;
    let timer: ReturnType<typeof setTimeout> | undefined;
    let underWay: AbortController | undefined;
    let failures = 0;
    /** Asked for while the page was hidden, or due then. */
    let owed = false;

    async function ask() {
      clearTimeout(timer);
      if (document.hidden) {
        owed = true;
        return;
      }
      underWay?.abort();
      const call = new AbortController();
      underWay = call;
      let failure: Failure | undefined;
      try {
        const data = await latest.current(call.signal);
        if (call.signal.aborted) return;
        setState({ key, data, at: Date.now() });
      } catch (error) {
        if (call.signal.aborted) return;
        const seen = asFailure(error);
        failure = seen;
        setState((before) => (before.key === key ? { ...before, failure: seen } : { key, failure: seen }));
      }
      failures = failure ? failures + 1 : 0;
      const wait = nextWait(everySeconds, failures, failure);
      if (wait !== undefined) timer = setTimeout(ask, wait * 1_000);
    }

    asked.current = () => void ask();
    const stop = followVisibility((visible) => {
      if (visible && owed) {
        owed = false;
        void ask();
      }
    });
    void ask();
    return () => {
      clearTimeout(timer);
      underWay?.abort();
      stop();
    };
  }, [key, everySeconds, enabled]);

  const refresh = useCallback(() => asked.current(), []);
  const current = state.key === key ? state : undefined;
  return {
    data: current?.data,
    failure: current?.failure,
    loading: enabled && current?.data === undefined && current?.failure === undefined,
    at: current?.at,
    refresh,
  };
}
