// Scales of the bar charts: where ticks go, and how counts are written beside them.

/** Round steps from 0 that reach `max`, about `wanted` of them. Counts: no step is below 1. */
export function ticks(max: number, wanted: number): number[] {
  if (max <= 0) return [0];
  const rough = max / Math.max(1, wanted);
  const power = 10 ** Math.floor(Math.log10(rough));
  const lead = rough / power;
  const step = Math.max(1, power * (lead > 5 ? 10 : lead > 2 ? 5 : lead > 1 ? 2 : 1));
  const all: number[] = [];
  for (let at = 0; at < max + step; at += step) all.push(at);
  return all;
}

/** A count as an axis has room for it: 950, 1.2k, 15k, 3.4M. */
export function short(count: number): string {
  if (count < 1000) return String(Math.round(count));
  const [unit, by] = count < 1_000_000 ? ['k', 1000] : ['M', 1_000_000];
  const scaled = count / by;
  return `${scaled < 10 && scaled % 1 !== 0 ? scaled.toFixed(1) : Math.round(scaled)}${unit}`;
}

/** Every how many of `count` labels there is room for one, in round numbers. */
export function labelEvery(count: number, width: number, labelWidth: number): number {
  const fit = Math.max(1, Math.floor(width / labelWidth));
  const least = Math.ceil(count / fit);
  return [1, 2, 5, 10, 15, 20, 30].find((step) => step >= least) ?? count;
}
