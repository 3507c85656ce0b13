//! A run in which nothing goes wrong, and in which every call is metered: the real functions carry out jobs that are due
//! every two hours, and what the services say each call consumed is counted from one instant to another, by function and
//! operation. The same load gives the same figures.

use std::collections::BTreeMap;
use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};
use punctual::aws::Usage;
use punctual::domain::{Cost, JobId};
use punctual::port::Executions;
use punctual::usecase::World as _;

use crate::chance::Seed;
use crate::fault::{FaultPlan, Weather};
use crate::host::{ApiHost, Seat, Sim, Wired, begin, carriers, provision};
use crate::log::Log;
use crate::rule::{Rule, day};
use crate::scenario::{JOB_TYPE, JobPlan, Scenario, Work, WorkEnd};
use crate::time::{Era, simulated};
use crate::users::act;

/// What is due.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Load {
    /// How many jobs are due at the first second of each minute.
    pub each_minute: usize,
    /// Of so many jobs, one fails in its first attempt and succeeds in the second; 0 for none.
    pub one_in_fails_once: usize,
    /// How long a handler takes, in milliseconds.
    pub work_ms: u64,
    /// In how many minutes jobs are due: each job once, in one of them.
    pub minutes: usize,
}

/// What was used.
#[derive(Clone, Debug, Default)]
pub struct Metered {
    /// To carry the jobs out.
    pub used: Counts,
    /// Before that, to create them.
    pub before: Counts,
    /// The sum of what the executions' records say of themselves.
    pub recorded: Cost,
}

/// Usage by function and operation.
pub type Counts = BTreeMap<(String, String), Usage>;

/// When the first job is due: all are created by then, and later than messages are sent for at once.
const FIRST_DUE: TimeDelta = TimeDelta::minutes(90);

/// How long before a minute its hints may be read, and how long after it what was due may go on.
const MARGIN: TimeDelta = TimeDelta::minutes(10);

/// Carries out `load`.
///
/// # Panics
/// If the run's own machinery fails.
pub fn metered(load: &Load) -> Metered {
    simulated(async || live(load).await)
}

async fn live(load: &Load) -> Metered {
    let scenario = scenario(load);
    let era = Era::begin(scenario.begin);
    let sim = Sim::new(scenario.seed, era, scenario.faults.clone(), Log::default());
    provision(&sim);
    let inspector = Wired::new(Seat::new(&sim, "inspector", 0));
    begin(&inspector, era.now()).await;
    let hosts = carriers(&sim, scenario.end);
    let api = Arc::new(ApiHost::start(&sim, 1));
    let jobs = act(&sim, &api, &scenario).await;
    era.sleep_until(scenario.begin + FIRST_DUE - MARGIN).await;
    let before = sim.meters.snapshot();
    era.sleep_until(scenario.end).await;
    let used = since(&before, &sim.meters.snapshot());
    let mut recorded = Cost::default();
    for job in jobs.into_iter().flatten() {
        recorded = recorded.and(recorded_of(&inspector, job, &scenario).await);
    }
    drop(hosts);
    Metered {
        used,
        before,
        recorded,
    }
}

async fn recorded_of(inspector: &Wired, job: JobId, scenario: &Scenario) -> Cost {
    let world = inspector.world();
    let (from, until) = (scenario.begin + FIRST_DUE - MARGIN, scenario.end);
    let records = world.store().executions_between(job, from, until, None, 10);
    Cost::of(&records.await.unwrap_or_default())
}

/// What was used between two snapshots.
fn since(before: &Counts, after: &Counts) -> Counts {
    let used = after.iter().map(|(call, now)| {
        let was = before.get(call).copied().unwrap_or_default();
        let usage = Usage {
            requests: now.requests - was.requests,
            units: now.units - was.units,
        };
        (call.clone(), usage)
    });
    used.filter(|(_, usage)| usage.requests > 0).collect()
}

fn scenario(load: &Load) -> Scenario {
    let begin = day(2026, 11, 21);
    let jobs: Vec<_> = (0..load.each_minute * load.minutes)
        .map(|number| job(load, number, begin))
        .collect();
    let minutes = TimeDelta::minutes(i64::try_from(load.minutes).unwrap_or(0));
    let end = begin + FIRST_DUE + minutes + MARGIN;
    Scenario {
        seed: Seed(1),
        begin,
        end,
        kept: (0..jobs.len()).collect(),
        jobs,
        wishes: Vec::new(),
        faults: FaultPlan {
            weather: Weather::Calm,
            without: Vec::new(),
            outages: Vec::new(),
            calm_from: begin,
        },
        has_reconciler: false,
    }
}

/// Job `number`: due once in the metered stretch, and asked for early in its first hour.
fn job(load: &Load, number: usize, begin: DateTime<Utc>) -> JobPlan {
    let minute = TimeDelta::minutes(i64::try_from(number / load.each_minute).unwrap_or(0));
    let rule = Rule::Every {
        seconds: 7_200,
        anchor: begin + FIRST_DUE + minute,
    };
    let fails = load.one_in_fails_once > 0 && number.is_multiple_of(load.one_in_fails_once);
    let work = Work {
        ms: load.work_ms,
        end: if fails {
            WorkEnd::FailUntil(1)
        } else {
            WorkEnd::Succeed
        },
    };
    let body = serde_json::json!({
        "name": format!("job {number}"),
        "job_type": JOB_TYPE,
        "payload": work.to_json(),
        "schedule": rule.to_json(),
    });
    JobPlan {
        number,
        user: format!("user-{}", number % 10),
        asked_at: begin + TimeDelta::seconds(i64::try_from(number % 600).unwrap_or(0)),
        rule,
        timeout: 30,
        body,
    }
}
