// Whether anybody can see the page, and what time it is for whoever does. A hidden tab asks nothing and counts nothing.

import { useEffect, useState } from 'preact/hooks';

/** Calls back when the page is shown again or hidden; returns how to stop that. */
export function followVisibility(told: (visible: boolean) => void): () => void {
  const listener = () => told(!document.hidden);
  document.addEventListener('visibilitychange', listener);
  return () => document.removeEventListener('visibilitychange', listener);
}

const watchers = new Set<(now: number) => void>();
let ticking: ReturnType<typeof setInterval> | undefined;

function tick() {
  const now = Date.now();
  for (const told of [...watchers]) told(now);
}

function keepTicking() {
  const wanted = watchers.size > 0 && !document.hidden;
  if (wanted && ticking === undefined) ticking = setInterval(tick, 1_000);
  if (!wanted && ticking !== undefined) {
    clearInterval(ticking);
    ticking = undefined;
  }
}

/**
 * The time in milliseconds, renewed every `everySeconds` while the page is seen. All who ask share one timer, and are
 * drawn anew only when the rounded time has changed.
 */
export function useNow(everySeconds = 1): number {
  const round = (now: number) => Math.floor(now / (everySeconds * 1_000)) * everySeconds * 1_000;
  const [now, setNow] = useState(() => (everySeconds === 1 ? Date.now() : round(Date.now())));
  useEffect(() => {
    const told = (time: number) => setNow(round(time));
    watchers.add(told);
    const stop = followVisibility((visible) => {
      keepTicking();
      if (visible) told(Date.now());
    });
    keepTicking();
    return () => {
      watchers.delete(told);
      stop();
      keepTicking();
    };
  }, [everySeconds]);
  return now;
}
