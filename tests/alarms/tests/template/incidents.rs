//! What a whole incident sounds like: which alarms go off, and how often anybody is called.

use chrono::TimeDelta;
use punctual::domain::Lane;
use punctual::metrics::{Label, Metric, Readings};
use punctual_alarms::evaluation::State;
use punctual_alarms::streams::Streams;
use punctual_alarms::watch::Watch;

use crate::alarms;
use crate::figures::{Figures, LANES, calm};

/// Minutes of calm before an incident: as far as any alarm looks back.
const BEFORE: i64 = 250;

/// Lets calm pass, then `minutes` in which this happens (told how long it has been going on), then an hour of calm. Says
/// who told, minutes after the beginning.
fn incident(minutes: i64, happens: impl Fn(&mut Figures, i64)) -> Vec<(i64, String)> {
    let mut watch = Watch::new(alarms());
    let mut streams = Streams::default();
    for minute in 0..BEFORE + minutes + 60 {
        let mut figures = calm(minute);
        if (BEFORE..BEFORE + minutes).contains(&minute) {
            happens(&mut figures, minute - BEFORE);
        }
        figures.publish(&mut streams, minute);
        if minute >= BEFORE - 1 {
            watch.evaluate(&streams, minute + 1).unwrap();
        }
    }
    let still: Vec<_> = watch.ringing();
    assert!(still.is_empty(), "an hour later, {still:?}");
    let told = watch.told.into_iter();
    told.map(|(minute, by)| (minute - BEFORE, by)).collect()
}

fn callers(told: &[(i64, String)]) -> Vec<&str> {
    told.iter().map(|(_, by)| by.as_str()).collect()
}

fn figure(minutes: i64, each: f64) -> f64 {
    f64::from(u32::try_from(minutes).unwrap()) * each
}

#[test]
fn ticks_that_stop_call_once_however_much_follows_from_it() {
    let told = incident(45, |figures, _| figures.ticks.clear());
    assert_eq!(told, [(3, "down".to_owned())]);
}

#[test]
fn ticks_that_resume_far_behind_do_not_call_again() {
    let told = incident(20, |figures, minutes| {
        if minutes < 10 {
            figures.ticks.clear();
        } else {
            for tick in &mut figures.ticks {
                tick.lag = Some(TimeDelta::minutes(8));
            }
            for lateness in [300_000, 400_000] {
                let lateness = TimeDelta::milliseconds(lateness);
                let late = Readings::none();
                let late = late.lasting(Metric::Lateness, Label::Band(Lane::ALL[0]), lateness);
                figures.worker.add(late);
            }
        }
    });
    assert_eq!(callers(&told), ["down"]);
}

#[test]
fn workers_that_die_call_once_for_all_that_comes_of_it() {
    let told = incident(60, |figures, minutes| {
        figures.worker = Readings::none();
        for lane in LANES {
            figures.queue(
                lane,
                "ApproximateNumberOfMessagesVisible",
                figure(minutes + 1, 60.0),
            );
            figures.queue(
                lane,
                "ApproximateAgeOfOldestMessage",
                290.0 + figure(minutes, 60.0),
            );
        }
    });
    assert_eq!(told, [(5, "down".to_owned())]);
}

#[test]
fn what_is_left_over_when_it_is_no_longer_down_is_told() {
    let told = incident(60, |figures, minutes| {
        if minutes < 10 {
            figures.worker = Readings::none();
        }
        let ready = if minutes < 40 { 5_000.0 } else { 3.0 };
        figures.queue("low", "ApproximateNumberOfMessagesVisible", ready);
    });
    let (degraded, down) = (told.iter().find(|(_, by)| by == "degraded"), told.first());
    assert_eq!(
        callers(&told)
            .iter()
            .filter(|by| **by == "degraded")
            .count(),
        1,
        "{told:?}"
    );
    assert!(degraded.is_some() && down.is_some(), "{told:?}");
}

#[test]
fn a_herd_that_is_worked_off_in_two_minutes_calls_nobody() {
    let told = incident(2, |figures, _| {
        figures.queue("normal", "ApproximateNumberOfMessagesVisible", 5_000.0);
        figures.function("worker", "ConcurrentExecutions", 170.0);
        for lane in Lane::ALL {
            let late = Readings::none();
            let late = late.lasting(Metric::Lateness, Label::Band(lane), TimeDelta::seconds(12));
            figures.worker.add(late);
        }
    });
    assert_eq!(told, []);
}

#[test]
fn a_region_in_which_tables_throttle_is_one_ticket_while_jobs_still_start() {
    let told = incident(30, |figures, _| {
        for function in punctual::metrics::Function::ALL {
            figures.throttled.insert(function, 40);
        }
        let late = Readings::none();
        let lateness = TimeDelta::milliseconds(2_500);
        figures
            .worker
            .add(late.lasting(Metric::Lateness, Label::Band(Lane::ALL[0]), lateness));
    });
    assert_eq!(callers(&told), ["degraded"]);
}

/// Lets two hours pass in which figures come `late` minutes after their minute, and says whether the ticks were missed.
fn missed(late: i64) -> bool {
    let mut watch = Watch::new(alarms());
    let mut streams = Streams::default();
    let mut missed = false;
    for minute in 0..120 {
        if minute >= late {
            calm(minute - late).publish(&mut streams, minute - late);
        }
        watch.evaluate(&streams, minute + 1).unwrap();
        missed |= minute > 30 && watch.state("missed-tick") == State::Alarm;
    }
    missed
}

#[test]
fn figures_that_come_two_minutes_late_are_not_taken_for_missed_ticks_and_three_are() {
    assert_eq!([0, 1, 2, 3].map(missed), [false, false, false, true]);
}

#[test]
fn a_new_stage_misses_its_ticks_and_its_reconciliation_until_they_come_and_nothing_else() {
    let mut watch = Watch::new(alarms());
    let mut streams = Streams::default();
    watch.evaluate(&streams, 1).unwrap();
    assert_eq!(
        watch.ringing(),
        ["down", "missed-tick", "reconciler-missed"]
    );
    for minute in 1..90 {
        calm(minute).publish(&mut streams, minute);
        watch.evaluate(&streams, minute + 1).unwrap();
    }
    assert_eq!(watch.ringing(), [""; 0]);
}
