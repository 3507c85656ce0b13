// The groups of a minute's seconds as stacks of bars: the largest first, and no more than there are colours.

import type { ForecastMinute } from './shape';

const COLOURS = 6;

export interface KeyedStack {
  key: string | null;
  counts: number[];
}

export function stacksOf(minute: ForecastMinute): KeyedStack[] {
  const totals = new Map<string | null, number>();
  for (const { groups } of minute.seconds) {
    for (const { key, starts } of groups) totals.set(key, (totals.get(key) ?? 0) + starts);
  }
  const named = [...totals].filter(([key]) => key !== null).sort((a, b) => b[1] - a[1]);
  const shown = named.slice(0, COLOURS - 1).map(([key]) => key);
  const stacks = shown.map((key) => ({
    key,
    counts: minute.seconds.map((second) => second.groups.find((group) => group.key === key)?.starts ?? 0),
  }));
  // Whatever is not shown by name: the rest, so that a bar is always as high as its second is busy.
  const rest = minute.seconds.map((second, index) => second.starts - stacks.reduce((sum, stack) => sum + (stack.counts[index] ?? 0), 0));
  return rest.some((count) => count > 0) ? [...stacks, { key: null, counts: rest }] : stacks;
}
