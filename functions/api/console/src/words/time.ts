// Instants and durations in words. Pure: the time, the zone and the instant are arguments.

export type Zone = 'utc' | 'local';

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

const formats = new Map<string, Intl.DateTimeFormat>();

function parts(at: number, timeZone: string | undefined): Record<string, string> {
  const key = timeZone ?? '';
  let format = formats.get(key);
  if (!format) {
    format = new Intl.DateTimeFormat('en-GB', {
      ...(timeZone ? { timeZone } : {}),
      weekday: 'short',
      year: 'numeric',
      month: '2-digit',
      day: '2-digit',
      hour: '2-digit',
      minute: '2-digit',
      second: '2-digit',
      hourCycle: 'h23',
      timeZoneName: 'short',
    });
    formats.set(key, format);
  }
  return Object.fromEntries(format.formatToParts(at).map(({ type, value }) => [type, value]));
}

/** `2026-11-28 12:00:05` on the clock of `zone`, or of a zone by its IANA name. */
export function clockTime(at: number, zone: Zone | { iana: string }): string {
  const p = parts(at, zoneName(zone));
  return `${p['year']}-${p['month']}-${p['day']} ${p['hour']}:${p['minute']}:${p['second']}`;
}

/** `12:00:05`. */
export const timeOfDay = (at: number, zone: Zone): string => clockTime(at, zone).slice(11);

/** `Sat`. */
export const weekday = (at: number, zone: Zone | { iana: string }): string => parts(at, zoneName(zone))['weekday'] ?? '';

/** `UTC`, or what the browser calls its own zone at that instant: `CET`, `GMT+1`. */
export function zoneLabel(at: number, zone: Zone): string {
  return zone === 'utc' ? 'UTC' : (parts(at, undefined)['timeZoneName'] ?? 'local');
}

/** The label that all of these instants have; undefined if the clock is changed between them, or there are none. */
export function commonZone(instants: readonly number[], zone: Zone): string | undefined {
  const [first, ...others] = new Set(instants.map((at) => zoneLabel(at, zone)));
  return others.length === 0 ? first : undefined;
}

/** An instant whole, with its zone: `2026-11-28 12:00:05 UTC`. */
export const stamp = (at: number, zone: Zone): string => `${clockTime(at, zone)} ${zoneLabel(at, zone)}`;

function zoneName(zone: Zone | { iana: string }): string | undefined {
  if (zone === 'utc') return 'UTC';
  return zone === 'local' ? undefined : zone.iana;
}

/** `in 4 min`, `12 s ago`, `now`. One unit, rounded down, so that it never says that something is later than it is. */
export function relative(at: number, now: number): string {
  const ahead = at - now;
  if (Math.abs(ahead) < SECOND) return 'now';
  const words = roughly(Math.abs(ahead));
  return ahead > 0 ? `in ${words}` : `${words} ago`;
}

function roughly(ms: number): string {
  if (ms < MINUTE) return `${Math.floor(ms / SECOND)} s`;
  if (ms < HOUR) return `${Math.floor(ms / MINUTE)} min`;
  if (ms < DAY) {
    const minutes = Math.floor((ms % HOUR) / MINUTE);
    return `${Math.floor(ms / HOUR)} h${minutes ? ` ${minutes} min` : ''}`;
  }
  const days = Math.floor(ms / DAY);
  return days === 1 ? '1 day' : `${days.toLocaleString('en')} days`;
}

/** A span: `840 ms`, `2.4 s`, `3 min 05 s`, `2 h 10 min`, `3 d 4 h`. */
export function span(ms: number): string {
  if (ms < 0) return `−${span(-ms)}`;
  if (ms < SECOND) return `${Math.round(ms)} ms`;
  if (ms < 10 * SECOND) return `${(Math.floor(ms / 100) / 10).toFixed(1)} s`;
  if (ms < MINUTE) return `${Math.floor(ms / SECOND)} s`;
  if (ms < HOUR) return `${Math.floor(ms / MINUTE)} min ${pad(Math.floor((ms % MINUTE) / SECOND))} s`;
  if (ms < DAY) return `${Math.floor(ms / HOUR)} h ${pad(Math.floor((ms % HOUR) / MINUTE))} min`;
  return `${Math.floor(ms / DAY)} d ${Math.floor((ms % DAY) / HOUR)} h`;
}

/** A period of whole seconds, exactly: `5 min`, `1 h 30 min`, `90 s`. */
export function period(seconds: number): string {
  const units: [number, string][] = [
    [86_400, 'd'],
    [3_600, 'h'],
    [60, 'min'],
    [1, 's'],
  ];
  let left = seconds;
  const words: string[] = [];
  for (const [size, name] of units) {
    const whole = Math.floor(left / size);
    left -= whole * size;
    if (whole > 0) words.push(`${whole} ${name}`);
  }
  return words.join(' ') || '0 s';
}

const pad = (value: number) => String(value).padStart(2, '0');
