// The groups of a minute's seconds as stacks of bars: the largest first, and no more than there are colours.

import type { Schemas } from '../../api/call';

const COLOURS = 6;

export function stacksOf(seconds: readonly number[], groups: readonly Schemas['Series'][]): Schemas['Series'][] {
  const sum = (counts: readonly number[]) => counts.reduce((all, count) => all + count, 0);
  const shown = groups
    .filter((group) => group.key !== null && sum(group.seconds) > 0)
    .sort((a, b) => sum(b.seconds) - sum(a.seconds))
    .slice(0, COLOURS - 1);
  // Whatever is not shown by name: the rest, so that a bar is always as high as its second is busy.
  const rest = seconds.map((count, second) => count - shown.reduce((all, group) => all + (group.seconds[second] ?? 0), 0));
  return rest.some((count) => count > 0) ? [...shown, { key: null, seconds: rest }] : [...shown];
}
