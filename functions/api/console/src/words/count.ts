// Numbers in words.

/** `1 job`, `5,012 jobs`. */
export function count(number: number, one: string, many = `${one}s`): string {
  return `${number.toLocaleString('en')} ${number === 1 ? one : many}`;
}

/** `512 B`, `3.4 kB`, `1.2 MB`. */
export function bytes(number: number): string {
  if (number < 1_000) return `${number} B`;
  if (number < 1_000_000) return `${(number / 1_000).toFixed(1)} kB`;
  return `${(number / 1_000_000).toFixed(1)} MB`;
}

/** Small sums keep as many digits as say anything: `$0.000012`. */
export function dollars(usd: number): string {
  if (usd === 0) return '$0';
  const digits = usd >= 1 ? 2 : Math.min(8, 1 - Math.floor(Math.log10(usd)));
  return `$${usd.toFixed(digits)}`;
}

/** A share as a percentage, never rounded up to all or down to nothing. */
export function percent(share: number): string {
  const value = share * 100;
  if (value > 0 && value < 0.1) return '< 0.1 %';
  if (value < 100 && value > 99.9) return '> 99.9 %';
  return `${value >= 10 ? Math.floor(value * 10) / 10 : Number(value.toFixed(1))} %`;
}

/** `dead_letters` as people write it: `dead letters`. */
export const spaced = (name: string): string => name.replaceAll('_', ' ');
