//! How much work a forecast is, figured by hand, and what becomes of it where that is too much.

use serde_json::{Value, json};

use super::{agenda, job, taken_at, window};
use crate::domain::{Agenda, AgendaEntry, JobId, PerBand, SpreadSeconds};
use crate::plan::forecast::what_if::{Assumptions, Change, what_if};
use crate::plan::forecast::{Filter, Sample, forecast, forecast_within};

/// A job of that schedule, moved by `offset` seconds.
fn moved(schedule: &Value, offset: u32) -> AgendaEntry {
    let job = job(0, schedule, &json!({})).unwrap();
    let mut entry = AgendaEntry::of(&job, None, taken_at()).unwrap();
    let day = SpreadSeconds::try_from(SpreadSeconds::MAX).unwrap();
    entry.spread = day.of_job(entry.id).map(|spread| spread.at(offset));
    entry
}

fn of(entries: Vec<AgendaEntry>) -> Agenda {
    Agenda {
        entries,
        ..agenda([])
    }
}

#[test]
fn work_is_what_a_sweep_tells_and_what_it_adds_for_each_that_starts_at_seconds_of_its_own() {
    let hourly = json!({ "kind": "cron", "expression": "0 * * * *" });
    let every_hour = |anchor| json!({ "kind": "every", "seconds": 3_600, "anchor_at": anchor });
    let (at_ten, at_fifty) = ("2026-10-24T00:10:00Z", "2026-10-24T00:50:00Z");
    let span = window("2026-10-26T00:00:00Z", "2026-10-27T12:00:00Z");
    // One and a half days lie in three, and two days in four: so many times 24 beats are told, after a look at each day.
    // Those of a period are 36 and the one at the end.
    for (entries, work) in [
        (vec![moved(&hourly, 0)], (3 + 72) + 72),
        (vec![moved(&hourly, 0), moved(&hourly, 0)], (3 + 72) + 72),
        (
            vec![moved(&hourly, 0), moved(&hourly, 43_200)],
            (4 + 96) + 2 * 72,
        ),
        (
            vec![moved(&hourly, 43_200), moved(&hourly, 86_399)],
            (3 + 72) + 2 * 72,
        ),
        (vec![moved(&every_hour(at_ten), 0)], 37 + 37),
        // Both start at ten past.
        (
            vec![
                moved(&every_hour(at_ten), 0),
                moved(&every_hour(at_fifty), 1_200),
            ],
            37 + 37,
        ),
    ] {
        let found = forecast(&of(entries.clone()), &Filter::default(), span);
        // It sweeps twice: the peaks are looked at again.
        assert_eq!(found.work, 2 * work, "{entries:?}");
    }
}

/// Jobs that start once a day, at minutes of their own.
fn daily(ids: impl Iterator<Item = JobId>) -> Agenda {
    let daily = |minute| json!({ "kind": "cron", "expression": format!("{minute} 0 * * *") });
    let entries = (0_u32..).zip(ids).map(|(minute, id)| AgendaEntry {
        id,
        ..moved(&daily(minute), 0)
    });
    of(entries.collect())
}

/// Ids whose seeds leave `rest` when they are divided by ten.
fn ids(rest: u64) -> impl Iterator<Item = JobId> {
    (0..)
        .map(JobId::from_random)
        .filter(move |id| id.seed() % 10 == rest)
}

#[test]
fn a_sample_that_is_still_too_much_work_is_halved() {
    // A day lies in three: each job is 3 + 3 + 3 of work, and all of them are 540 in each of two sweeps.
    let whole = daily(ids(1).take(15).chain(ids(5).take(36)).chain(ids(0).take(9)));
    let day = window("2026-10-26T00:00:00Z", "2026-10-27T00:00:00Z");
    let exact = forecast_within(&whole, &Filter::default(), day, 2 * 540);
    assert_eq!((exact.total, exact.work, exact.sample), (60, 1_080, None));

    // With half of it, 135 are for all of some jobs, which are fifteen, and 135 for a sample of the others. One of five of
    // all would keep to that; but of these, every one is the fifth. One of ten is nine of them.
    let estimate = forecast_within(&whole, &Filter::default(), day, 540);
    let sample = Sample {
        jobs: 45.try_into().unwrap(),
        one_of: 10,
    };
    assert_eq!(estimate.sample, Some(sample));
    assert_eq!(estimate.work, 2 * (15 + 9) * 9);
    assert_eq!((estimate.total, estimate.jobs), (15 + 90, 15 + 90));
    let share = &estimate.causes.users.top[0];
    assert_eq!((share.starts, share.jobs), (15 + 90, 15 + 90));
}

#[test]
fn a_what_if_is_an_estimate_before_a_forecast_is_as_it_sweeps_three_times_and_not_twice() {
    // Each could start at every second of two hours, so 7,000 of them are 50 million of work; but not in October.
    let secondly = json!({ "kind": "cron", "expression": "* * * 1 1 *" });
    let one = moved(&secondly, 0);
    let entries = (0..7_000).map(|offset| AgendaEntry {
        spread: one.spread.map(|spread| spread.at(offset)),
        ..one.clone()
    });
    let whole = of(entries.collect());
    let part = window("2026-10-26T00:00:00Z", "2026-10-26T02:00:00Z");
    let everybody = Filter::default();
    assert_eq!(forecast(&whole, &everybody, part).sample, None);
    let assumptions = Assumptions::of(PerBand::default(), PerBand::default(), 1);
    let found = what_if(&whole, &Change::default(), &everybody, part, &assumptions);
    assert_eq!(found.sample.map(|sample| sample.jobs.get()), Some(7_000));
}
