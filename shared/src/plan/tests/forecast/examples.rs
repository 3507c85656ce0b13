//! Forecasts as people read them.

use chrono::TimeDelta;
use serde_json::json;

use super::{agenda, job, taken_at, window};
use crate::domain::schedule::Cadence;
use crate::domain::{AgendaEntry, Job, JobId, JobState, Minute};
use crate::plan::forecast::{Filter, Peak, Series, Share, forecast, minute};

#[test]
fn a_herd_is_named_with_its_second_its_size_and_its_cadence() {
    let hourly = json!({ "kind": "cron", "expression": "0 * * * *" });
    let daily = json!({ "kind": "cron", "expression": "0 12 * * *" });
    let jobs: Vec<_> = (0..1_250)
        .filter_map(|number| {
            let schedule = if number < 1_050 { &hourly } else { &daily };
            job(number, schedule, &json!({}))
        })
        .collect();
    let day = window("2026-10-26T00:00:00Z", "2026-10-27T00:00:00Z");
    let found = forecast(&agenda(&jobs), &Filter::default(), day);
    let peak = &found.peaks[0];
    assert_eq!(peak.words(day), "12:00:00 UTC: 1,250 starts, 84 % hourly");
    assert_eq!(
        peak.cadences,
        [
            (Cadence::Every(3_600), 1_050),
            (Cadence::Every(86_400), 200)
        ]
    );
    let month = window("2026-10-26T00:00:00Z", "2026-11-25T00:00:00Z");
    assert_eq!(
        peak.words(month),
        "2026-10-26 12:00:00 UTC: 1,250 starts, 84 % hourly"
    );
    assert_eq!(found.minutes.len(), 24 * 60);
    assert_eq!(found.jobs, 1_250);
}

#[test]
fn the_longest_stretch_has_a_count_for_each_of_its_minutes() {
    let jobs: Vec<_> = job(1, &json!({ "kind": "every", "seconds": 60 }), &json!({}))
        .into_iter()
        .collect();
    let month = window("2026-10-26T00:00:00Z", "2026-11-26T00:00:00Z");
    let found = forecast(&agenda(&jobs), &Filter::default(), month);
    assert_eq!(found.minutes.len(), 44_640);
    assert!(found.minutes.iter().all(|starts| *starts == 1));
}

#[test]
fn a_stretch_that_begins_within_a_minute_begins_with_the_rest_of_it() {
    let jobs: Vec<_> = job(1, &json!({ "kind": "every", "seconds": 10 }), &json!({}))
        .into_iter()
        .collect();
    let part = window("2026-10-26T00:00:25Z", "2026-10-26T00:02:05Z");
    let found = forecast(&agenda(&jobs), &Filter::default(), part);
    assert_eq!(
        found.first_minute.start(),
        super::at("2026-10-26T00:00:00Z")
    );
    assert_eq!(found.minutes, [3, 6, 1]);
}

#[test]
fn jobs_that_run_after_others_and_jobs_with_calendars_are_counted_as_left_out() {
    let mut jobs: Vec<_> = [
        json!({ "after": [JobId::from_random(9)], "schedule": { "kind": "after" } }),
        json!({ "exclude_calendars": ["holidays"] }),
        json!({}),
        json!({}),
    ]
    .iter()
    .zip(0..)
    .filter_map(|(more, number)| {
        job(
            number,
            &json!({ "kind": "cron", "expression": "0 * * * *" }),
            more,
        )
    })
    .collect();
    assert_eq!(jobs.len(), 4);
    let day = window("2026-10-26T00:00:00Z", "2026-10-27T00:00:00Z");
    let found = forecast(&agenda(&jobs), &Filter::default(), day);
    assert_eq!(
        (
            found.left_out.after_others,
            found.left_out.calendars,
            found.total
        ),
        (1, 1, 72)
    );
    // What is paused, deleted or over has no entry at all.
    for state in [JobState::Paused, JobState::Canceled, JobState::Completed] {
        jobs[2].state = state;
        assert_eq!(AgendaEntry::of(&jobs[2], None, taken_at()), None);
    }
    let once = json!({ "kind": "once", "at": "2026-10-24T13:00:00Z" });
    let once = job(5, &once, &json!({})).unwrap();
    assert!(AgendaEntry::of(&once, None, taken_at()).is_some());
    assert_eq!(
        AgendaEntry::of(&once, None, super::at("2026-10-24T13:00:01Z")),
        None
    );
}

#[test]
fn what_cannot_be_read_is_counted_and_left_out() {
    let hourly = json!({ "kind": "cron", "expression": "0 * * * *" });
    let mut whole = agenda(&Vec::from_iter(job(0, &hourly, &json!({}))));
    for stored in [
        json!({ "kind": "cron", "expression": "H * * * *" }),
        json!({ "kind": "cron", "expression": "H * * * *" }),
        json!({ "kind": "every", "seconds": 60 }),
    ] {
        let mut entry = whole.entries[0].clone();
        entry.schedule = serde_json::from_value(stored).unwrap();
        whole.entries.push(entry);
    }
    let day = window("2026-10-26T00:00:00Z", "2026-10-27T00:00:00Z");
    let found = forecast(&whole, &Filter::default(), day);
    assert_eq!((found.left_out.unreadable, found.jobs), (3, 1));
}

#[test]
fn a_job_starts_from_the_very_second_on_at_which_it_begins() {
    let minutely = json!({ "kind": "cron", "expression": "* * * * *" });
    let mut whole = agenda(&Vec::from_iter(job(0, &minutely, &json!({}))));
    let part = window("2026-10-26T00:08:00Z", "2026-10-26T00:12:00Z");
    for (begin, minutes) in [
        ("2026-10-26T00:09:59.999Z", [0, 0, 1, 1]),
        ("2026-10-26T00:10:00Z", [0, 0, 1, 1]),
        ("2026-10-26T00:10:00.001Z", [0, 0, 0, 1]),
    ] {
        whole.entries[0].from = Some(super::at(begin));
        let found = forecast(&whole, &Filter::default(), part);
        assert_eq!(found.minutes, minutes, "{begin}");
    }
}

#[test]
fn what_starts_at_the_end_of_a_stretch_is_nobodys_start_in_it() {
    let hourly = json!({ "kind": "cron", "expression": "0 * * * *" });
    let both: Vec<_> = (0..2)
        .filter_map(|number| job(number, &hourly, &json!({ "spread_seconds": 3_600 })))
        .collect();
    let mut whole = agenda(&both);
    for (entry, offset) in whole.entries.iter_mut().zip([0, 600]) {
        entry.spread = entry.spread.map(|spread| spread.at(offset));
    }
    // At 00:00 and at 01:00 the one, at 00:10 the other.
    let part = window("2026-10-26T00:00:00Z", "2026-10-26T01:10:00Z");
    let found = forecast(&whole, &Filter::default(), part);
    let shares = found.causes.users.top.iter();
    let shares: Vec<_> = shares
        .map(|share| (share.key.as_str(), share.starts))
        .collect();
    assert_eq!(shares, [("user-0", 2), ("user-1", 1)]);
}

#[test]
fn an_entry_says_only_what_the_job_does() {
    let hourly = json!({ "kind": "cron", "expression": "0 * * * *" });
    let plain = job(0, &hourly, &json!({})).unwrap();
    let wordy = json!({ "priority": 1, "timeout_seconds": 7 });
    let wordy = job(0, &hourly, &wordy).unwrap();
    let written = |job: &Job, now| {
        let entry = AgendaEntry::of(job, None, now).unwrap();
        let written = serde_json::to_value(&entry).unwrap();
        assert_eq!(
            serde_json::from_value::<AgendaEntry>(written.clone()).unwrap(),
            entry
        );
        written
    };
    let of_plain = written(&plain, taken_at());
    let of_wordy = written(&wordy, taken_at());
    for (field, said) in [("priority", 1), ("timeout_seconds", 7)] {
        assert_eq!(of_plain.get(field), None);
        assert_eq!(of_wordy[field], said);
    }
    // A beginning that has come is none.
    let begins = plain.effective_from;
    assert_eq!(written(&plain, begins).get("from"), None);
    assert!(
        written(&plain, begins - TimeDelta::milliseconds(1))
            .get("from")
            .is_some()
    );
}

#[test]
fn a_few_are_named_and_the_rest_is_summed() {
    let hourly = json!({ "kind": "cron", "expression": "0 * * * *" });
    let mut whole = agenda(&Vec::from_iter(job(0, &hourly, &json!({}))));
    for number in 0..30 {
        let mut entry = whole.entries[0].clone();
        entry.job_type = format!("type-{number:02}");
        whole.entries.push(entry);
    }
    let day = window("2026-10-26T00:00:00Z", "2026-10-27T00:00:00Z");
    let found = forecast(&whole, &Filter::default(), day).causes;
    let share = |key: &str, jobs, starts| Share {
        key: key.to_owned(),
        jobs,
        starts,
    };
    assert_eq!(found.users.top, [share("user-0", 31, 31 * 24)]);
    assert_eq!((found.users.others, found.users.others_start), (0, 0));
    let types = found.job_types;
    assert_eq!(types.top.len(), 20);
    assert_eq!(types.top[0], share("echo", 1, 24));
    assert_eq!((types.others, types.others_start), (11, 11 * 24));

    let one = Minute::of(super::at("2026-10-26T01:00:00Z"));
    let found = minute(&whole, &Filter::default(), one).causes;
    let series = |key: Option<&str>, starts| {
        let mut seconds = [0; 60];
        seconds[0] = starts;
        Series {
            key: key.map(ToOwned::to_owned),
            seconds,
        }
    };
    assert_eq!(found.users, [series(Some("user-0"), 31)]);
    assert_eq!(found.job_types.len(), 21);
    assert_eq!(found.job_types[0], series(Some("echo"), 1));
    assert_eq!(found.job_types[20], series(None, 11));
}

#[test]
fn a_peak_is_told_with_its_thousands_apart() {
    let day = window("2026-10-26T00:00:00Z", "2026-10-27T00:00:00Z");
    for (starts, words) in [
        (1, "1 start"),
        (2, "2 starts"),
        (999, "999 starts"),
        (1_000, "1,000 starts"),
        (123_456, "123,456 starts"),
        (1_234_567, "1,234,567 starts"),
    ] {
        let peak = Peak {
            at: super::at("2026-10-26T12:00:00Z"),
            starts,
            cadences: Vec::new(),
        };
        assert_eq!(peak.words(day), format!("12:00:00 UTC: {words}"));
    }
}
