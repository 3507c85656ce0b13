//! What is assumed of AWS, and of how a deployment uses it. Each number is one of `infra/scale/assumptions.json`, which says
//! where it is from; a test there holds the two together.

/// Messages that one invocation of the worker takes.
pub const BATCH: f64 = 10.0;

/// Invocations that an event source has when messages first appear.
pub const FIRST_INVOCATIONS: f64 = 5.0;

/// How many more it has with every second.
pub const MORE_INVOCATIONS: f64 = 5.0;

/// The most that it has.
pub const MOST_INVOCATIONS: f64 = 1_250.0;

/// After so many seconds without messages it begins anew.
pub const FORGETS_AFTER: i64 = 60;

/// Messages are ready so many seconds early: they start on time, but the event source grows from then on.
pub const EARLY: i64 = 1;

/// Write units a second that a new table of executions takes.
pub const WRITE_UNITS: f64 = 4_000.0;

/// Write units of an execution in that table: its claim and its end.
pub const WRITES_A_RUN: f64 = 2.0;

/// Write units a second that one key takes: one shard of a minute.
pub const WRITES_A_SHARD: f64 = 1_000.0;

/// Hints that a tick plans at a time.
pub const CHUNK: f64 = 500.0;

/// Jobs that it reads at a time, and how many seconds that takes.
pub const READ: (f64, f64) = (100.0, 0.015);

/// Hints that it writes at a time, and how many seconds that takes.
pub const WRITE: (f64, f64) = (25.0, 0.010);

/// Shards that it reads abreast, and how many seconds a page takes.
pub const SHARDS: (f64, f64) = (32.0, 0.015);

/// Bytes of a page of hints, and of a hint.
pub const PAGE: (f64, f64) = (1_048_576.0, 110.0);

/// Messages that it sends abreast, and how many seconds that takes.
pub const SEND: (f64, f64) = (160.0, 0.015);

/// Seconds of a processor that it needs for a job.
pub const PLANNED_IN: f64 = 0.000_14 * 1_769.0 / 512.0;

/// After so many seconds a tick is cut off.
pub const CUT_OFF: f64 = 55.0;

/// How late what waits for nothing starts: most of it so many seconds, and one in fifty as many as the other says. What
/// the simulation gives of a herd that nothing limits, at the median and at the 99th of a hundred.
pub const DELIVERED: [(f64, f64); 2] = [(0.98, 0.045), (0.02, 0.379)];

/// Read units that a worker needs for an execution: as `make cost` meters them.
pub const READS_A_RUN: f64 = 2.885;
