// What `GET /v1/admin/activity` answers.

export interface ActivityMinute {
  at: string;
  is_settled: boolean;
  started: number;
  succeeded: number;
  failed: number;
  dead: number;
  canceled: number;
  skipped: number;
  retried: number;
  success_rate: number | null;
  lateness_p50_ms: number | null;
  lateness_p99_ms: number | null;
  dispatched: number;
  deferred: number;
  shed: number;
  released: number;
  ready: number | null;
  ticks: number;
}

export interface Activity {
  runs: { source: 'cloudwatch' | 'memory'; read_at: string | null; problem: string | null; minutes: ActivityMinute[] };
  ticks: {
    problem: string | null;
    scanned_until: string | null;
    lag_ms: number | null;
    last_seen: string | null;
    term: { number: number; region: string | null; from: string | null } | null;
  };
}
