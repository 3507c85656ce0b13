//! What is asked: the herds and the days, each as the template makes it and with settings moved.

use std::sync::Mutex;

use crate::cost::{Bill, DAYS_PER_MONTH, idle_month, of_runs};
use crate::outcome::Outcome;
use crate::platform::Platform;
use crate::settings::{Setting, Setup};
use crate::simulation::simulate;
use crate::time::{MINUTE, Micros, SECOND, from_seconds};

/// When herds are due, and days begin: late enough that ticks were there before.
const BEGINS: Micros = 30 * MINUTE;

/// How often a table may grow before it is taken to have grown enough.
const GROWTHS: usize = 8;

/// When a day's jobs are due within their minute.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Within {
    /// All at its first second, as cron without `H` has it.
    FirstSecond,
    /// Evenly over its seconds.
    Spread,
}

/// A herd that is due at one second.
#[derive(Clone, Debug)]
pub struct Herd {
    /// How many jobs.
    pub jobs: u32,
    /// What the row is called.
    pub name: &'static str,
    /// Whether it came often before, so that tables have grown by it.
    pub grown: bool,
    /// What was moved.
    pub moved: Vec<Setting>,
}

impl Herd {
    /// How many cells share it.
    pub fn cells(&self) -> u64 {
        let cells = self.moved.iter().find_map(|setting| match setting {
            Setting::Cells(cells) => Some(u64::from(*cells)),
            _ => None,
        });
        cells.unwrap_or(1)
    }
}

/// A day's load.
#[derive(Clone, Debug)]
pub struct Day {
    /// How many runs a day.
    pub runs: f64,
    /// When within their minute.
    pub within: Within,
    /// What was moved.
    pub moved: Vec<Setting>,
}

/// A herd, simulated.
#[derive(Clone, Debug)]
pub struct HerdRow {
    /// What was asked.
    pub herd: Herd,
    /// What came of it, in one cell.
    pub outcome: Outcome,
    /// What it costs once, in all cells.
    pub bill: Bill,
}

/// A day, simulated.
#[derive(Clone, Debug)]
pub struct DayRow {
    /// What was asked.
    pub day: Day,
    /// What came of the part that was simulated, in one cell.
    pub outcome: Outcome,
    /// What a million runs cost.
    pub per_million: Bill,
    /// What all cells cost in a month, runs and idling.
    pub month: f64,
    /// How warm `executions` has become, in writes a second.
    pub warm_writes: f64,
}

/// The herds.
pub fn herds() -> Vec<Herd> {
    use Setting::{
        AccountConcurrency, Burst, Cells, Concurrency, HoldsOnce, Pollers, ScannerAbreast,
        ScannerMemory, SpreadSeconds, TableQuota, TickAlone, WarmDue, WarmReads, WarmWrites,
    };
    let scanner = [TickAlone(170), WarmDue(12_000)];
    let abreast = [
        TickAlone(170),
        ScannerAbreast(16),
        ScannerMemory(1_769),
        WarmDue(12_000),
    ];
    let tables = [WarmWrites(40_000), WarmReads(40_000)];
    let workers = [Pollers(200, 2_000), AccountConcurrency(10_000), HoldsOnce];
    let quota = [TableQuota(250_000), WarmWrites(250_000), WarmReads(150_000)];
    let cell = [Pollers(50, 50), WarmWrites(12_000)];
    let with = |parts: &[&[Setting]]| parts.concat();
    let herd = |jobs, name, moved| Herd {
        jobs,
        name,
        grown: false,
        moved,
    };
    let again = |jobs, name, moved| Herd {
        grown: true,
        ..herd(jobs, name, moved)
    };
    vec![
        herd(5_000, "as deployed", vec![]),
        herd(5_000, "more concurrency", vec![Concurrency(500)]),
        herd(5_000, "pollers", vec![Pollers(50, 50)]),
        herd(
            5_000,
            "pollers, and luck",
            vec![Pollers(50, 50), Burst(300)],
        ),
        again(5_000, "pollers, some hours on", vec![Pollers(50, 50)]),
        herd(5_000, "pollers, warm tables", cell.to_vec()),
        herd(5_000, "spread 1 min", vec![SpreadSeconds(60)]),
        herd(100_000, "as deployed", vec![]),
        herd(100_000, "one long tick", scanner.to_vec()),
        herd(
            100_000,
            "… and concurrency",
            with(&[&scanner, &[Concurrency(1_000)]]),
        ),
        herd(
            100_000,
            "… faster, and pollers",
            with(&[&abreast, &[Pollers(80, 80), HoldsOnce]]),
        ),
        herd(
            100_000,
            "… and warm tables",
            with(&[&abreast, &tables, &[Pollers(80, 80), HoldsOnce]]),
        ),
        herd(
            100_000,
            "… and a larger account",
            with(&[&abreast, &tables, &workers]),
        ),
        herd(
            100_000,
            "… and larger quotas",
            with(&[&abreast, &quota, &workers]),
        ),
        herd(100_000, "spread 15 min", vec![SpreadSeconds(900)]),
        herd(100_000, "20 cells", vec![Cells(20)]),
        herd(
            100_000,
            "20 cells, pollers, warm tables",
            with(&[&[Cells(20)], &cell]),
        ),
        herd(1_000_000, "as deployed", vec![]),
        herd(1_000_000, "spread 1 h", vec![SpreadSeconds(3_600)]),
        herd(1_000_000, "200 cells", vec![Cells(200)]),
        herd(
            1_000_000,
            "200 cells, pollers, warm tables",
            with(&[&[Cells(200)], &cell]),
        ),
    ]
}

/// The days.
pub fn days() -> Vec<Day> {
    use Setting::{Cells, Pollers, ScannerAbreast, ScannerMemory, WarmDue, WarmWrites};
    use Within::{FirstSecond, Spread};
    let day = |runs, within, moved| Day {
        runs,
        within,
        moved,
    };
    let scanner = vec![ScannerMemory(1_769), ScannerAbreast(16), WarmDue(12_000)];
    let cells = |cells| vec![Cells(cells), Pollers(50, 50), WarmWrites(12_000)];
    vec![
        day(1e4, FirstSecond, vec![]),
        day(1e4, Spread, vec![]),
        day(1e6, FirstSecond, vec![]),
        day(1e6, Spread, vec![]),
        day(1e8, FirstSecond, vec![]),
        day(1e8, Spread, vec![]),
        day(1e8, Spread, scanner),
        day(1e8, Spread, vec![Cells(10)]),
        day(1e8, FirstSecond, cells(20)),
        day(1e9, Spread, vec![]),
        day(1e9, Spread, vec![Cells(100)]),
        day(1e9, FirstSecond, cells(200)),
    ]
}

/// When the jobs of a herd of `jobs` are due, in one cell.
pub fn herd_due(jobs: u32, setup: &Setup) -> Vec<Micros> {
    let jobs = u64::from(jobs.div_ceil(setup.cells));
    let window = u64::from(setup.spread_seconds);
    let due = (0..jobs).map(|job| BEGINS + job * window / jobs * SECOND);
    due.collect()
}

/// When the jobs of `minutes` of a day are due, in one cell.
pub fn day_due(day: &Day, setup: &Setup, minutes: u64) -> Vec<Micros> {
    let per_minute = day.runs / (24.0 * 60.0) / f64::from(setup.cells);
    #[expect(clippy::cast_precision_loss, reason = "a day of minutes")]
    let end = minutes as f64 * per_minute;
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "millions"
    )]
    let jobs = end as u64;
    let due = (0..jobs).map(|job| {
        #[expect(clippy::cast_precision_loss, reason = "millions")]
        let at = BEGINS + from_seconds(job as f64 / per_minute * 60.0);
        match day.within {
            Within::FirstSecond => at / MINUTE * MINUTE,
            Within::Spread => at / SECOND * SECOND,
        }
    });
    due.collect()
}

/// How much of a day is simulated: as much as has some hundred thousand jobs, ten minutes at least.
fn simulated_minutes(day: &Day, setup: &Setup) -> u64 {
    let per_minute = day.runs / (24.0 * 60.0) / f64::from(setup.cells);
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "at most a day"
    )]
    let minutes = (100_000.0 / per_minute).clamp(10.0, 24.0 * 60.0) as u64;
    minutes
}

/// Simulates a herd.
pub fn run_herd(platform: &Platform, herd: &Herd, seed: u64) -> HerdRow {
    let mut setup = Setup::of_the_template(platform).with(&herd.moved);
    let due = herd_due(herd.jobs, &setup);
    let outcome = if herd.grown {
        grown(platform, &mut setup, &due, seed)
    } else {
        simulate(platform, &setup, &due, seed)
    };
    let bill = of_runs(platform, &setup, &outcome).times(f64::from(setup.cells));
    HerdRow {
        herd: herd.clone(),
        outcome,
        bill,
    }
}

/// Simulates the same load again and again: each time `executions` is warm for twice the peak that it has seen, until that
/// is no more than it was.
fn grown(platform: &Platform, setup: &mut Setup, due: &[Micros], seed: u64) -> Outcome {
    let mut outcome = simulate(platform, setup, due, seed);
    for _ in 0..GROWTHS {
        let warm = (platform.dynamo.growth * outcome.peak_writes()).min(setup.table_quota);
        if warm <= setup.warm_writes {
            break;
        }
        setup.warm_writes = warm;
        outcome = simulate(platform, setup, due, seed);
    }
    outcome
}

/// Simulates a day, whose tables have grown as it was the same the days before.
pub fn run_day(platform: &Platform, day: &Day, seed: u64) -> DayRow {
    let mut setup = Setup::of_the_template(platform).with(&day.moved);
    let due = day_due(day, &setup, simulated_minutes(day, &setup));
    let outcome = grown(platform, &mut setup, &due, seed);
    #[expect(clippy::cast_precision_loss, reason = "millions")]
    let runs = ((outcome.jobs() - outcome.never) as f64).max(1.0);
    let per_million = of_runs(platform, &setup, &outcome).times(1e6 / runs);
    let month = per_million.total() * day.runs / 1e6 * DAYS_PER_MONTH
        + idle_month(platform, &setup).total() * f64::from(setup.cells);
    DayRow {
        day: day.clone(),
        warm_writes: setup.warm_writes,
        outcome,
        per_million,
        month,
    }
}

/// Applies `run` to all of `asked`, as many at once as there are processors, and keeps their order.
pub fn side_by_side<A: Sync, R: Send>(asked: &[A], run: impl Fn(&A) -> R + Sync) -> Vec<R> {
    let next = Mutex::new(0);
    let done = Mutex::new(Vec::new());
    let workers = std::thread::available_parallelism().map_or(1, usize::from);
    std::thread::scope(|scope| {
        for _ in 0..workers {
            scope.spawn(|| {
                loop {
                    let index = {
                        let mut next = next
                            .lock()
                            .unwrap_or_else(std::sync::PoisonError::into_inner);
                        *next += 1;
                        *next - 1
                    };
                    let Some(one) = asked.get(index) else { break };
                    let result = run(one);
                    let mut done = done
                        .lock()
                        .unwrap_or_else(std::sync::PoisonError::into_inner);
                    done.push((index, result));
                }
            });
        }
    });
    let mut done = done
        .into_inner()
        .unwrap_or_else(std::sync::PoisonError::into_inner);
    done.sort_by_key(|(index, _)| *index);
    done.into_iter().map(|(_, result)| result).collect()
}
