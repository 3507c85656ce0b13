// What the service's state means, in words.

export interface LevelWords {
  title: string;
  meaning: string;
  tone: 'good' | 'warn' | 'bad';
}

const LEVELS: Record<string, LevelWords> = {
  calm: { title: 'Calm', meaning: 'Nothing is given up: every priority is dispatched as it comes due.', tone: 'good' },
  low_shed: {
    title: 'Low priorities wait',
    meaning: 'Two minutes of work are ready. Priorities 8–10 are deferred until there is capacity.',
    tone: 'warn',
  },
  normal_shed: {
    title: 'Normal priorities wait',
    meaning: 'Four minutes of work are ready. Priorities 4–10 are deferred, and histories are not read.',
    tone: 'bad',
  },
  creates_refused: {
    title: 'No new jobs',
    meaning: 'Eight minutes of work are ready. Priorities 4–10 are deferred, and creating jobs is answered with 503.',
    tone: 'bad',
  },
};

/** Every level, the calmest first. */
export const LEVEL_NAMES = Object.keys(LEVELS);

export function levelWords(level: string): LevelWords {
  return LEVELS[level] ?? { title: level, meaning: 'This console does not know this level.', tone: 'warn' };
}

const BREAKERS: Record<string, string> = {
  closed: 'sends as usual',
  half_open: 'sends a few, to see',
  open: 'sends nothing',
};

export function breakerWords(state: string): string {
  return BREAKERS[state] ?? state;
}

/** How far the scanner is, from `lag_ms`: below zero it scans ahead, as it should. */
export function lagWords(lagMs: number): string {
  const seconds = Math.round(Math.abs(lagMs) / 1000);
  const long = seconds < 120 ? `${seconds} s` : `${Math.floor(seconds / 60)} min ${seconds % 60} s`;
  return lagMs <= 0 ? `${long} ahead` : `${long} behind`;
}

/** For how long what is ready keeps a band busy, at its capacity. */
export function drainMinutes(band: { ready: number; capacity_per_minute: number }): number | null {
  return band.capacity_per_minute > 0 ? band.ready / band.capacity_per_minute : null;
}
