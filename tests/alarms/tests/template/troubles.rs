//! What drives each alarm: one trouble for each, told to a minute's figures.

use chrono::TimeDelta;
use punctual::domain::{Lane, Level};
use punctual::metrics::{Function, Label, Metric, Readings};

use crate::figures::{Figures, LANES};

/// What drives an alarm: what happens to a minute's figures, by how much for the alarm to go off, and by how much not yet.
pub struct Trouble {
    /// The alarm.
    pub alarm: &'static str,
    /// What happens, by how much.
    pub happens: fn(&mut Figures, f64),
    /// For the alarm to go off.
    pub beyond: f64,
    /// For it not to.
    pub within: f64,
}

const fn trouble(
    alarm: &'static str,
    beyond: f64,
    within: f64,
    happens: fn(&mut Figures, f64),
) -> Trouble {
    Trouble {
        alarm,
        happens,
        beyond,
        within,
    }
}

/// A figure as a count.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "whole and small, each of them written below"
)]
fn count(figure: f64) -> u64 {
    figure as u64
}

#[expect(
    clippy::cast_possible_wrap,
    reason = "small, each of them written below"
)]
fn milliseconds(figure: f64) -> TimeDelta {
    TimeDelta::milliseconds(count(figure) as i64)
}

fn late(figures: &mut Figures, lane: Lane, lateness: f64) {
    let readings =
        Readings::none().lasting(Metric::Lateness, Label::Band(lane), milliseconds(lateness));
    figures.worker.add(readings);
}

const VISIBLE: &str = "ApproximateNumberOfMessagesVisible";
const IN_FLIGHT: &str = "ApproximateNumberOfMessagesNotVisible";
const OLDEST: &str = "ApproximateAgeOfOldestMessage";
const BUSY: &str = "ConcurrentExecutions";

/// All of them.
pub fn troubles() -> Vec<Trouble> {
    [down(), degraded(), others()]
        .into_iter()
        .flatten()
        .collect()
}

/// Those that `down` tells.
fn down() -> Vec<Trouble> {
    vec![
        trouble("missed-tick", 0.0, 1.0, |figures, ticks| {
            figures
                .ticks
                .truncate(usize::try_from(count(ticks)).unwrap());
        }),
        trouble("scheduler-lag", 31_000.0, 30_000.0, |figures, lag| {
            figures.ticks[0].lag = Some(milliseconds(lag));
        }),
        // Work waits, and the worker is dead: it reports nothing at all. One that starts a single attempt a minute lives.
        trouble("nothing-starts", 0.0, 1.0, |figures, started| {
            figures.queue("normal", VISIBLE, 50.0);
            figures.worker = match count(started) {
                0 => Readings::none(),
                started => Readings::none().counting(Metric::Started, started),
            };
        }),
        trouble("high-lateness-severe", 10_001.0, 9_999.0, |figures, ms| {
            late(figures, Lane::ALL[0], ms);
        }),
        trouble("api-failing", 16.0, 15.0, |figures, errors| {
            figures.gateway("5xx", errors);
        }),
    ]
}

/// Those that `degraded` tells.
fn degraded() -> Vec<Trouble> {
    vec![
        // Together: no queue is above the threshold alone.
        trouble("ready-backlog", 251.0, 250.0, |figures, ready| {
            for lane in LANES {
                figures.queue(lane, VISIBLE, ready);
            }
        }),
        trouble("high-lateness", 1_001.0, 1_000.0, |figures, ms| {
            late(figures, Lane::ALL[0], ms);
        }),
        trouble("normal-lateness", 10_001.0, 10_000.0, |figures, ms| {
            late(figures, Lane::ALL[1], ms);
        }),
        trouble("high-oldest-message", 1_201.0, 1_200.0, |figures, age| {
            figures.queue("high", OLDEST, age);
        }),
        trouble("normal-oldest-message", 1_801.0, 1_800.0, |figures, age| {
            figures.queue("normal", OLDEST, age);
        }),
        trouble("low-oldest-message", 3_601.0, 3_600.0, |figures, age| {
            figures.queue("low", OLDEST, age);
        }),
        trouble("long-oldest-message", 3_601.0, 3_600.0, |figures, age| {
            figures.queue("long", OLDEST, age);
        }),
        // Beside 39 that succeeded.
        trouble("failure-rate", 3.0, 2.0, |figures, failed| {
            figures.worker = Readings::none()
                .counting(Metric::Started, 40)
                .counting(Metric::Succeeded, 39)
                .counting(Metric::Dead, count(failed));
        }),
        trouble("pressure", 2.0, 1.0, |figures, level| {
            figures.ticks[1].level = Level::ALL[usize::try_from(count(level)).unwrap()];
        }),
        trouble("throttles", 6.0, 5.0, |figures, throttled| {
            figures.throttled.insert(Function::Worker, count(throttled));
            figures
                .throttled
                .insert(Function::Scanner, count(throttled));
        }),
        trouble("function-throttles", 1.0, 0.0, |figures, refused| {
            figures.function("worker", "Throttles", refused);
        }),
    ]
}

/// Those that tell by themselves.
fn others() -> Vec<Trouble> {
    vec![
        // One that is tried again and again is in flight.
        trouble("dlq-depth", 1.0, 0.0, |figures, letters| {
            figures.queue("low-dlq", IN_FLIGHT, letters);
        }),
        trouble("notifications-dlq-depth", 1.0, 0.0, |figures, letters| {
            figures.queue("notifications-dlq", VISIBLE, letters);
        }),
        trouble("reconciler-missed", 0.0, 1.0, |figures, ran| {
            if count(ran) == 0 {
                figures.reconciliation = None;
            }
        }),
        trouble("reconciler-found", 1.0, 0.0, |figures, missing| {
            figures.reconciliation = figures.reconciliation.take().map(|mut found| {
                found.missing = count(missing);
                found
            });
        }),
        // Of 170 by the template's defaults, of 20, of 200, of 10.
        trouble("worker-capacity", 137.0, 136.0, |figures, busy| {
            figures.function("worker", BUSY, busy);
        }),
        trouble("long-capacity", 17.0, 16.0, |figures, busy| {
            figures.function("long", BUSY, busy);
        }),
        trouble("api-capacity", 161.0, 160.0, |figures, busy| {
            figures.function("api", BUSY, busy);
        }),
        trouble("script-capacity", 9.0, 8.0, |figures, busy| {
            figures.function("script", BUSY, busy);
        }),
        // Of 4,000 a second.
        trouble("table-capacity", 193_000.0, 192_000.0, Figures::writes),
        trouble("api-errors", 1.0, 0.0, |figures, errors| {
            figures.function("api", "Errors", errors);
        }),
        trouble("scanner-errors", 1.0, 0.0, |figures, errors| {
            figures.function("scanner", "Errors", errors);
        }),
        trouble("worker-errors", 1.0, 0.0, |figures, errors| {
            figures.function("worker", "Errors", errors);
        }),
        trouble("long-errors", 1.0, 0.0, |figures, errors| {
            figures.function("long", "Errors", errors);
        }),
        trouble("dlq-errors", 1.0, 0.0, |figures, errors| {
            figures.function("dlq", "Errors", errors);
        }),
        trouble("script-errors", 1.0, 0.0, |figures, errors| {
            figures.function("script", "Errors", errors);
        }),
        trouble("reconciler-errors", 1.0, 0.0, |figures, errors| {
            figures.function("reconciler", "Errors", errors);
        }),
    ]
}
