//! Each alarm goes to ALARM when what it watches is beyond its threshold, not when it is just within, and back to OK when
//! all is well again. How long each takes is written into the runbook's table, and compared with it.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::OnceLock;

use chrono::TimeDelta;
use punctual::domain::{Lane, Level};
use punctual::metrics::{Function, Label, Metric, Readings};
use punctual_alarms::alarm::Alarm;
use punctual_alarms::evaluation::State;
use punctual_alarms::streams::Streams;
use punctual_alarms::watch::Watch;

use crate::figures::{Figures, LANES, calm, reconciliation};
use crate::{alarms, read};

/// What drives an alarm: what happens to a minute's figures, by how much for the alarm to go off, and by how much not yet.
struct Trouble {
    alarm: &'static str,
    happens: fn(&mut Figures, f64),
    beyond: f64,
    within: f64,
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

fn troubles() -> Vec<Trouble> {
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
            figures.gateway("5xx", errors)
        }),
        // Together: no queue is above the threshold alone.
        trouble("ready-backlog", 251.0, 250.0, |figures, ready| {
            for lane in LANES {
                figures.queue(lane, VISIBLE, ready);
            }
        }),
        trouble("high-lateness", 1_001.0, 1_000.0, |figures, ms| {
            late(figures, Lane::ALL[0], ms)
        }),
        trouble("normal-lateness", 10_001.0, 10_000.0, |figures, ms| {
            late(figures, Lane::ALL[1], ms)
        }),
        trouble("high-oldest-message", 1_201.0, 1_200.0, |figures, age| {
            figures.queue("high", OLDEST, age)
        }),
        trouble("normal-oldest-message", 1_801.0, 1_800.0, |figures, age| {
            figures.queue("normal", OLDEST, age)
        }),
        trouble("low-oldest-message", 3_601.0, 3_600.0, |figures, age| {
            figures.queue("low", OLDEST, age)
        }),
        trouble("long-oldest-message", 3_601.0, 3_600.0, |figures, age| {
            figures.queue("long", OLDEST, age)
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
            figures.function("worker", "Throttles", refused)
        }),
        // One that is tried again and again is in flight.
        trouble("dlq-depth", 1.0, 0.0, |figures, letters| {
            figures.queue("low-dlq", IN_FLIGHT, letters)
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
            figures.function("worker", BUSY, busy)
        }),
        trouble("long-capacity", 17.0, 16.0, |figures, busy| {
            figures.function("long", BUSY, busy)
        }),
        trouble("api-capacity", 161.0, 160.0, |figures, busy| {
            figures.function("api", BUSY, busy)
        }),
        trouble("script-capacity", 9.0, 8.0, |figures, busy| {
            figures.function("script", BUSY, busy)
        }),
        // Of 4,000 a second.
        trouble("table-capacity", 193_000.0, 192_000.0, Figures::writes),
        trouble("api-errors", 1.0, 0.0, |figures, errors| {
            figures.function("api", "Errors", errors)
        }),
        trouble("scanner-errors", 1.0, 0.0, |figures, errors| {
            figures.function("scanner", "Errors", errors)
        }),
        trouble("worker-errors", 1.0, 0.0, |figures, errors| {
            figures.function("worker", "Errors", errors)
        }),
        trouble("long-errors", 1.0, 0.0, |figures, errors| {
            figures.function("long", "Errors", errors)
        }),
        trouble("dlq-errors", 1.0, 0.0, |figures, errors| {
            figures.function("dlq", "Errors", errors)
        }),
        trouble("script-errors", 1.0, 0.0, |figures, errors| {
            figures.function("script", "Errors", errors)
        }),
        trouble("reconciler-errors", 1.0, 0.0, |figures, errors| {
            figures.function("reconciler", "Errors", errors)
        }),
    ]
}

/// As far as any alarm looks back, and a little more: four hours.
const SETTLED: i64 = 250;

/// A stage with its alarms.
#[derive(Clone)]
struct Stage {
    watch: Watch,
    streams: Streams,
    minute: i64,
}

impl Stage {
    /// One in its calm, whose alarms all say so. It is the same for all: made once, and copied.
    fn settled() -> Self {
        static CALM: OnceLock<Stage> = OnceLock::new();
        let calm = CALM.get_or_init(|| {
            let mut stage = Self {
                watch: Watch::new(alarms()),
                streams: Streams::default(),
                minute: 0,
            };
            for _ in 0..SETTLED {
                stage.publish(|_| {});
            }
            stage.pass(|_| {});
            assert_eq!(stage.watch.ringing(), [""; 0]);
            stage
        });
        calm.clone()
    }

    /// Lets a minute pass, in which this happens.
    fn pass(&mut self, happens: impl Fn(&mut Figures)) {
        self.publish(happens);
        self.watch.evaluate(&self.streams, self.minute).unwrap();
    }

    fn publish(&mut self, happens: impl Fn(&mut Figures)) {
        let mut figures = calm(self.minute);
        happens(&mut figures);
        figures.publish(&mut self.streams, self.minute);
        self.minute += 1;
    }

    /// Lets minutes pass, in which this happens, until `alarm` is in `state`; and says how many.
    fn until(&mut self, alarm: &str, state: State, happens: impl Fn(&mut Figures)) -> Option<i64> {
        let begun = self.minute;
        while self.watch.state(alarm) != state {
            if self.minute - begun > SETTLED {
                return None;
            }
            self.pass(&happens);
        }
        Some(self.minute - begun)
    }

    /// Lets minutes pass, in which this happens, until an alarm looks back on nothing else; and says whether it never went
    /// off.
    fn stays_calm(&mut self, alarm: &Alarm, happens: impl Fn(&mut Figures)) -> bool {
        let range = i64::try_from(alarm.bounds.range()).unwrap() * alarm.period;
        (0..range).all(|_| {
            self.publish(&happens);
            let state = alarm.state(&self.streams, self.minute, State::Ok);
            state.unwrap() == State::Ok
        })
    }
}

#[test]
fn every_alarm_is_driven_and_nothing_else() {
    let driven: BTreeSet<_> = troubles()
        .iter()
        .map(|trouble| trouble.alarm.to_owned())
        .collect();
    let made = alarms().metric;
    assert_eq!(driven.len(), troubles().len());
    assert_eq!(
        driven,
        made.iter().map(|alarm| alarm.name.clone()).collect()
    );
}

#[test]
fn no_alarm_goes_off_within_its_threshold() {
    let made = alarms().metric;
    for trouble in troubles() {
        let alarm = made
            .iter()
            .find(|alarm| alarm.name == trouble.alarm)
            .unwrap();
        let calm = Stage::settled().stays_calm(alarm, |figures| {
            (trouble.happens)(figures, trouble.within);
        });
        assert!(calm, "{}", trouble.alarm);
    }
}

#[test]
fn each_alarm_goes_off_beyond_its_threshold_is_told_once_and_is_over_when_the_trouble_is() {
    let mut rows = BTreeMap::new();
    for Trouble {
        alarm,
        happens,
        beyond,
        ..
    } in troubles()
    {
        let mut stage = Stage::settled();
        let fires = stage.until(alarm, State::Alarm, |figures| happens(figures, beyond));
        let fires = fires.unwrap_or_else(|| panic!("{alarm} does not go off"));
        // Longer than what suppresses it could keep it from being told.
        for _ in 0..10 {
            stage.pass(|figures| happens(figures, beyond));
        }
        let told: Vec<_> = stage.watch.told.iter().map(|(_, by)| by.clone()).collect();
        let [told] = told.as_slice() else {
            panic!("{alarm} is told by {told:?}");
        };
        let is_over = stage.until(alarm, State::Ok, |_| {});
        let is_over = is_over.unwrap_or_else(|| panic!("{alarm} is never over"));
        rows.insert(
            alarm,
            format!("| [`{alarm}`](#{alarm}) | {fires} | {is_over} | {told} |"),
        );
    }
    let table = rows.into_values().collect::<Vec<_>>().join("\n");
    let runbook = read("infra/RUNBOOK.md");
    assert!(
        runbook.contains(&table),
        "the runbook's table should say\n{table}"
    );
}

#[test]
fn a_reconciliation_tells_of_whatever_it_found() {
    let found: [fn(&mut punctual::domain::Reconciliation); 4] = [
        |found| found.missing = 1,
        |found| found.stalled = 1,
        |found| found.chains_repaired = 1,
        |found| found.unproven = 1,
    ];
    for amiss in found {
        let mut stage = Stage::settled();
        let fires = stage.until("reconciler-found", State::Alarm, |figures| {
            if figures.reconciliation.is_some() {
                let mut found = reconciliation();
                amiss(&mut found);
                figures.reconciliation = Some(found);
            }
        });
        assert!(fires.is_some());
    }
}
