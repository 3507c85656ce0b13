//! The ledger by example: each outcome as a person is told it.

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::{Value, json};

use super::super::calendars::excluding;
use super::super::{at, every, hourly, in_state, job_with, once, seconds};
use super::day::{self, Day};
use crate::domain::{
    Action, AttemptError, Author, Band, Change, Exclusions, Execution, ExecutionId, ExecutionState,
    HoldId, HostBreaker, HostState, Job, JobId, JobState, Occasion, Outcome, Pause, Reason, Stamp,
    next_second,
};
use crate::plan::ledger::{
    Entry, Ledger, SETTLE, Version, Versions, WhyNot, deferred, may_wait_for_host, queued, spared,
    why_not_planned,
};
use crate::port::Backlog;

const HOUR: TimeDelta = TimeDelta::hours(1);

fn now() -> DateTime<Utc> {
    at("2026-11-21T12:00:00Z")
}

/// The next version of `job`, made at `changed_at`.
fn changed(job: &Job, changed_at: &str, change: impl FnOnce(&mut Job)) -> Job {
    let mut next = job.clone();
    change(&mut next);
    next.version += 1;
    next.updated_at = at(changed_at);
    let author = Author::punctual("a test");
    next.change = Change::new(&author, Action::Edit, next.version, at(changed_at));
    next
}

fn versions(rows: &[Job]) -> Versions {
    let version = |job: &Job| Version {
        job: job.clone(),
        exclusions: Exclusions::none().clone(),
    };
    Versions::new(rows.iter().map(version).collect())
}

fn entries(versions: &Versions, records: &[Execution], from: &str, until: &str) -> Vec<Entry> {
    let settle = SETTLE;
    let ledger = Ledger {
        versions,
        records,
        now: now(),
        settle,
    };
    ledger.between(at(from), at(until)).collect()
}

fn told(entries: &[Entry]) -> Vec<(Outcome, &str)> {
    let told = entries.iter();
    told.map(|entry| (entry.outcome, entry.explanation.as_str()))
        .collect()
}

fn record(job: &Job, fire_time: &str, state: ExecutionState, reason: Option<Reason>) -> Execution {
    Execution {
        attempt: 1,
        reason,
        job_version: Some(job.version),
        finished_at: Some(at(fire_time) + seconds(3)),
        ..Execution::new(
            ExecutionId::scheduled(job.id, at(fire_time)),
            state,
            Stamp(1),
        )
    }
}

#[test]
fn without_a_record_what_is_due_is_pending_for_ten_minutes_and_missing_after_that() {
    let job = job_with(&every(300), &json!({}), at("2026-11-01T00:00:00Z"));
    let versions = versions(&[job]);
    let entries = entries(
        &versions,
        &[],
        "2026-11-21T11:45:00Z",
        "2026-11-21T12:10:00Z",
    );
    let outcomes: Vec<_> = entries.iter().map(|entry| entry.outcome).collect();
    let expected = [
        Outcome::Missing,
        Outcome::Missing,
        Outcome::Pending,
        Outcome::Pending,
        Outcome::Pending,
    ];
    assert_eq!(outcomes, expected, "11:45, 11:50, 11:55, 12:00, 12:05");
    assert_eq!(
        entries[3].explanation,
        "it is due; its record appears when a worker takes it up"
    );
    assert_eq!(entries[4].explanation, "it is not due yet");
}

#[test]
fn what_may_wait_for_its_turn_is_pending_as_long_as_its_window_lasts() {
    let outcomes = |more: Value| {
        let job = job_with(&every(60), &more, at("2026-11-01T00:00:00Z"));
        let entries = entries(
            &versions(&[job]),
            &[],
            "2026-11-21T10:49:00Z",
            "2026-11-21T10:51:00Z",
        );
        let outcomes: Vec<_> = entries.iter().map(|entry| entry.outcome).collect();
        outcomes
    };
    let hour = json!({ "policy": "skip", "catch_up_window_seconds": 3_600 });
    // The ten minutes come on top of the window.
    let waits = [Outcome::Missing, Outcome::Pending];
    assert_eq!(
        outcomes(json!({ "misfire": hour, "overlap": "queue" })),
        waits
    );
    assert_eq!(
        outcomes(json!({ "misfire": hour, "max_concurrency": 1 })),
        waits
    );
    let skips = [Outcome::Missing, Outcome::Missing];
    assert_eq!(outcomes(json!({ "misfire": hour })), skips);
}

#[test]
fn a_pause_answers_for_what_fell_into_it() {
    let created = hourly(&json!({}));
    let paused = changed(&created, "2026-11-21T06:30:00.2Z", |job| {
        job.state = JobState::Paused;
        job.pause = Some(Pause {
            note: Some("the target moves house".to_owned()),
            automatic: false,
        });
    });
    let resumed = changed(&paused, "2026-11-21T08:30:00.2Z", |job| {
        job.state = JobState::Active;
        job.pause = None;
        job.effective_from = next_second(at("2026-11-21T08:30:00.2Z"));
    });
    // Its message was sent before the pause and judged after the resume.
    let superseded = record(
        &resumed,
        "2026-11-21T07:00:00Z",
        ExecutionState::Skipped,
        Some(Reason::Superseded),
    );
    let ran = |hour| record(&resumed, hour, ExecutionState::Succeeded, None);
    let records = [
        ran("2026-11-21T06:00:00Z"),
        superseded,
        ran("2026-11-21T09:00:00Z"),
    ];
    let versions = versions(&[created, paused, resumed]);
    let entries = entries(
        &versions,
        &records,
        "2026-11-21T06:00:00Z",
        "2026-11-21T10:00:00Z",
    );
    let pause = "the job was paused from 2026-11-21T06:30:00Z to 2026-11-21T08:30:00Z: the target moves house";
    let expected = [
        (Outcome::Ran, "it ran and succeeded"),
        (Outcome::Paused, pause),
        (Outcome::Paused, pause),
        (Outcome::Ran, "it ran and succeeded"),
    ];
    assert_eq!(told(&entries), expected);
}

#[test]
fn a_record_that_no_version_plans_any_more_is_listed_as_superseded() {
    let created = hourly(&json!({}));
    let edited = changed(&created, "2026-11-21T06:58:00.2Z", |job| {
        job.timetable = job_with(&every(7_200), &json!({}), now()).timetable;
        job.effective_from = next_second(at("2026-11-21T06:58:00.2Z"));
    });
    let sent_before = record(
        &edited,
        "2026-11-21T07:00:00Z",
        ExecutionState::Skipped,
        Some(Reason::Superseded),
    );
    let versions = versions(&[created, edited]);
    let entries = entries(
        &versions,
        &[sent_before],
        "2026-11-21T07:00:00Z",
        "2026-11-21T08:00:00Z",
    );
    let sentence = "the job was changed at 2026-11-21T06:58:00Z, and no longer fires then";
    assert_eq!(told(&entries), [(Outcome::Superseded, sentence)]);
    assert!(!entries[0].planned);
}

#[test]
fn the_latest_missed_occurrence_stands_for_those_before_it_and_for_no_more() {
    let job = hourly(&json!({}));
    let stands = Execution {
        stands_for: Some(3),
        ..record(
            &job,
            "2026-11-21T09:00:00Z",
            ExecutionState::Succeeded,
            None,
        )
    };
    let versions = versions(&[job]);
    let entries = entries(
        &versions,
        &[stands],
        "2026-11-21T06:00:00Z",
        "2026-11-21T10:00:00Z",
    );
    let missed = "it was missed; the occurrence of 2026-11-21T09:00:00Z stands for it";
    assert_eq!(entries[0].outcome, Outcome::Missing);
    let expected = [
        (Outcome::SkippedMisfire, missed),
        (Outcome::SkippedMisfire, missed),
        (
            Outcome::Ran,
            "it ran and succeeded; it stands for 3 missed occurrences, itself included",
        ),
    ];
    assert_eq!(told(&entries)[1..], expected);
}

#[test]
fn what_its_owner_or_a_calendar_left_out_needs_no_record() {
    let mut job = hourly(&json!({}));
    job.skips.insert(at("2026-11-20T23:00:00Z"));
    let versions = Versions::only(job, excluding(&["2026-11-21"]));
    let entries = entries(
        &versions,
        &[],
        "2026-11-20T23:00:00Z",
        "2026-11-21T01:00:00Z",
    );
    let expected = [
        (Outcome::SkippedByUser, "its owner wanted it left out"),
        (
            Outcome::Excluded,
            "a calendar of the job excludes it, up to 2026-11-22T00:00:00Z",
        ),
    ];
    assert_eq!(told(&entries), expected);
}

#[test]
fn a_record_is_told_by_its_end_and_its_reason() {
    use ExecutionState::{Canceled, Dead, Failed, RetryWait, Skipped, Succeeded};
    let job = hourly(&json!({}));
    let versions = versions(std::slice::from_ref(&job));
    let due = "2026-11-21T07:00:00Z";
    let ended = |state, reason| record(&job, due, state, Some(reason));
    let succeeded = || record(&job, due, Succeeded, None);
    let failed = |state| {
        let mut failed = ended(state, Reason::AttemptFailed);
        failed.push_error(AttemptError {
            attempt: 1,
            reason: Reason::AttemptFailed,
            detail: "the target answered 503".to_owned(),
        });
        failed
    };
    let upstream = ExecutionId::scheduled(JobId::from_random(8), at(due));
    let behind = |reason| Execution {
        cause: Some(upstream),
        ..ended(Skipped, reason)
    };
    let retried = Execution {
        retry_at: Some(at("2026-11-21T07:00:20Z")),
        ..failed(RetryWait)
    };
    for (record, sentence) in [
        (
            Execution {
                attempt: 2,
                ..succeeded()
            },
            "it ran and succeeded at attempt 2",
        ),
        (
            Execution {
                stands_for: Some(1),
                ..succeeded()
            },
            "it ran and succeeded",
        ),
        (
            retried,
            "attempt 1 failed: the target answered 503; the next is due at 2026-11-21T07:00:20Z",
        ),
        (
            failed(Failed),
            "attempt 1 failed for good: the target answered 503",
        ),
        (
            failed(Dead),
            "it is dead after 1 attempt: the target answered 503",
        ),
        (
            ended(Dead, Reason::NoWorker),
            "no worker took it for as long as it was offered",
        ),
        (
            ended(Canceled, Reason::JobCanceled),
            "it was canceled, for its job was deleted",
        ),
        (
            ended(Canceled, Reason::JobPaused),
            "its next attempt was canceled, for its job had been paused",
        ),
        (
            ended(Canceled, Reason::CanceledByUser),
            "it was canceled by its user",
        ),
        (
            behind(Reason::UpstreamFailed),
            "a job that it runs after did not succeed: \
             00000000-0000-4000-8000-000000000008_20261121T070000Z",
        ),
        (
            behind(Reason::UpstreamNotFinished),
            "a job that it runs after had not ended in time: \
             00000000-0000-4000-8000-000000000008_20261121T070000Z",
        ),
        (
            ended(Skipped, Reason::SkippedByUser),
            "its owner wanted it left out",
        ),
        // The calendar has been changed since.
        (
            ended(Skipped, Reason::Excluded),
            "a calendar of the job excludes it",
        ),
    ] {
        let entries = entries(&versions, &[record], due, "2026-11-21T08:00:00Z");
        assert_eq!(entries[0].explanation, sentence);
    }
}

#[test]
fn what_lies_in_a_backlog_is_deferred_and_says_in_which() {
    let versions = versions(&[hourly(&json!({}))]);
    let due = "2026-11-21T12:00:00Z";
    let entries = entries(&versions, &[], due, "2026-11-21T13:00:00Z");
    let hold = HoldId::new(now(), 1);
    let told = format!("it is held by the hold {hold}");
    for (backlog, begins) in [
        (
            Backlog::Capacity(Band::Low),
            "it is deferred: more was due than the workers of its band, low, can take",
        ),
        (Backlog::Hold(hold), &told),
    ] {
        let entry = deferred(entries[0].clone(), &backlog);
        assert_eq!(entry.outcome, Outcome::Deferred);
        assert!(
            entry.explanation.starts_with(begins),
            "{}",
            entry.explanation
        );
    }
}

#[test]
fn a_run_by_hand_is_listed_beside_the_schedule() {
    let job = hourly(&json!({}));
    let by_hand = Occasion::manual(at("2026-11-21T09:30:00.5Z"), 7);
    let id = ExecutionId {
        job: job.id,
        occasion: by_hand,
    };
    let records = [
        record(
            &job,
            "2026-11-21T09:00:00Z",
            ExecutionState::Succeeded,
            None,
        ),
        Execution {
            attempt: 2,
            ..Execution::new(id, ExecutionState::Dead, Stamp(1))
        },
    ];
    let versions = versions(&[job]);
    let entries = entries(
        &versions,
        &records,
        "2026-11-21T09:00:00Z",
        "2026-11-21T10:00:00Z",
    );
    assert_eq!(entries[1].occasion, by_hand);
    assert_eq!(
        told(&entries)[1],
        (
            Outcome::Dead,
            "asked for by hand: it is dead after 2 attempts"
        )
    );
    assert!(!entries[1].planned);
}

#[test]
fn what_a_deleted_job_would_have_fired_is_canceled() {
    let created = hourly(&json!({}));
    let deleted = changed(&created, "2026-11-21T08:30:00Z", |job| {
        job.state = JobState::Canceled;
    });
    let versions = versions(&[created, deleted]);
    let entries = entries(
        &versions,
        &[],
        "2026-11-21T09:00:00Z",
        "2026-11-21T10:00:00Z",
    );
    assert_eq!(
        told(&entries),
        [(
            Outcome::Canceled,
            "the job was deleted at 2026-11-21T08:30:00Z"
        )]
    );
}

#[test]
fn a_one_time_job_of_the_past_is_planned_at_its_time_also_by_an_edit() {
    let late = json!({ "misfire": { "policy": "fire_latest" } });
    let created = hourly(&json!({}));
    let planned = |once_at: &str| {
        let edited = changed(&created, "2026-11-21T08:30:00.2Z", |job| {
            let once = job_with(&once(once_at), &late, at("2026-11-21T08:30:00.2Z"));
            job.timetable = once.timetable;
            job.effective_from = once.effective_from;
        });
        let versions = versions(&[created.clone(), edited]);
        let planned = versions.between(at("2026-11-21T07:00:00Z"), at("2026-11-21T10:00:00Z"));
        planned
            .map(|(at, version)| (at, version.job.version))
            .collect::<Vec<_>>()
    };
    let expected = [
        (at("2026-11-21T07:00:00Z"), 1),
        (at("2026-11-21T07:20:00Z"), 2),
        (at("2026-11-21T08:00:00Z"), 1),
    ];
    assert_eq!(planned("2026-11-21T07:20:00Z"), expected);
    // It is one with what was planned there before.
    let expected = [
        (at("2026-11-21T07:00:00Z"), 1),
        (at("2026-11-21T08:00:00Z"), 1),
    ];
    assert_eq!(planned("2026-11-21T07:00:00Z"), expected);
}

#[test]
fn what_may_wait_for_a_spared_host_is_not_missing() {
    let misfire = json!({ "policy": "fire_latest", "catch_up_window_seconds": 3_600 });
    let job = hourly(&json!({ "misfire": misfire }));
    let due = at("2026-11-21T11:00:00Z");
    let waits = |state, now: DateTime<Utc>| {
        let breaker = HostBreaker {
            state,
            trips: 1,
            stamp: Stamp(1),
        };
        may_wait_for_host(&job, due, &breaker, now, SETTLE)
    };
    let soon = due + HOUR / 2;
    let until = soon + seconds(9);
    assert!(waits(HostState::Open { until }, soon));
    assert!(waits(HostState::Probing { until }, soon));
    // It comes again soon after the host is well; not if the host was well all along, nor once its time is over.
    let closed = |ago| HostState::Closed { since: soon - ago };
    assert!(waits(closed(SETTLE), soon));
    assert!(!waits(closed(SETTLE + seconds(1)), soon));
    assert!(!waits(HostState::Closed { since: due }, due + SETTLE));
    assert!(waits(HostState::Open { until }, due + HOUR + SETTLE));
    assert!(!waits(
        HostState::Open { until },
        due + HOUR + SETTLE + seconds(1)
    ));

    let versions = versions(std::slice::from_ref(&job));
    let lost = entries(
        &versions,
        &[],
        "2026-11-21T11:00:00Z",
        "2026-11-21T11:00:01Z",
    );
    assert_eq!(lost[0].outcome, Outcome::Missing);
    let sentence = "it is due; its target's host failed again and again, and is spared";
    assert_eq!(
        told(&[spared(lost[0].clone())]),
        [(Outcome::Pending, sentence)]
    );
    let sentence =
        "it is due; another execution of the job is under way, and it waits for its turn";
    assert_eq!(
        told(&[queued(lost[0].clone())]),
        [(Outcome::Pending, sentence)]
    );
}

#[test]
fn what_was_kept_until_it_was_too_late_says_what_kept_it() {
    let job = hourly(&json!({}));
    let versions = versions(std::slice::from_ref(&job));
    let from = "2026-11-21T07:00:00Z";
    for (reason, said) in [
        (Reason::TargetBreaker, "its target's host failed again"),
        (Reason::Held, "it was held by an operator"),
        (Reason::Deferred, "it was deferred for want of capacity"),
        (Reason::Misfire, "it came 3 s late"),
    ] {
        let skipped = record(&job, from, ExecutionState::Skipped, Some(reason));
        let entries = entries(&versions, &[skipped], from, "2026-11-21T08:00:00Z");
        let [(outcome, explanation)] = told(&entries)[..] else {
            panic!("{entries:?}");
        };
        assert_eq!(outcome, Outcome::SkippedMisfire);
        assert!(explanation.starts_with(said), "{reason:?}: {explanation}");
    }
}

#[test]
fn a_version_governs_from_the_second_after_its_change() {
    let created = hourly(&json!({}));
    let renamed = changed(&created, "2026-11-21T08:00:00Z", |job| job.name.push('!'));
    let versions = versions(&[created, renamed]);
    let version = |instant: &str| {
        versions
            .governing(at(instant))
            .map(|found| found.job.version)
    };
    assert_eq!(version("2026-11-21T08:00:00Z"), Some(1));
    assert_eq!(version("2026-11-21T08:00:01Z"), Some(2));
    assert_eq!(version("2026-10-01T00:00:00Z"), None);
    assert_eq!(versions.present().map(|job| job.version), Some(2));
}

#[test]
fn the_occurrence_of_the_second_in_which_a_version_begins_is_its_own() {
    let created = hourly(&json!({}));
    let renamed = changed(&created, "2026-11-21T07:59:59.5Z", |job| job.name.push('!'));
    let versions = versions(&[created, renamed]);
    let next = versions.next(at("2026-11-21T07:30:00Z"));
    let next = next.map(|(found, version)| (found, version.job.version));
    assert_eq!(next, Some((at("2026-11-21T08:00:00Z"), 2)));
}

#[test]
fn nothing_was_planned_before_the_first_occurrence() {
    let versions = versions(&[job_with(
        &every(3_600),
        &json!({}),
        at("2026-11-21T05:30:00Z"),
    )]);
    let (first, second) = (at("2026-11-21T06:00:00Z"), at("2026-11-21T07:00:00Z"));
    assert_eq!(versions.last_before(first), None);
    assert_eq!(versions.last_before(first + seconds(1)), Some(first));
    assert_eq!(versions.last_before(second), Some(first));
}

#[test]
fn an_instant_that_nobody_planned_has_its_reason_and_its_neighbours() {
    let created = job_with(
        &every(3_600),
        &json!({ "ends_at": "2026-11-21T10:00:00Z" }),
        at("2026-11-21T05:30:00Z"),
    );
    let edited = changed(&created, "2026-11-21T07:30:00Z", |job| {
        job.timetable = job_with(
            &every(7_200),
            &json!({ "ends_at": "2026-11-21T10:00:00Z" }),
            at("2026-11-21T07:30:00Z"),
        )
        .timetable;
        job.effective_from = next_second(at("2026-11-21T07:30:00Z"));
    });
    let versions = versions(&[created, edited]);
    let hour = |hour: &str| Some(at(&format!("2026-11-21T{hour}:00:00Z")));
    for (instant, reason, before, after) in [
        (
            "2026-11-21T04:00:00Z",
            WhyNot::NotYetEffective,
            None,
            hour("06"),
        ),
        (
            "2026-11-21T06:30:00Z",
            WhyNot::NotInSchedule,
            hour("06"),
            hour("07"),
        ),
        (
            "2026-11-21T06:00:01Z",
            WhyNot::NotInSchedule,
            hour("06"),
            hour("07"),
        ),
        (
            "2026-11-21T09:00:00Z",
            WhyNot::Superseded,
            hour("08"),
            hour("10"),
        ),
        ("2026-11-21T12:00:00Z", WhyNot::Ended, hour("10"), None),
    ] {
        let found = why_not_planned(&versions, at(instant));
        assert_eq!(
            (found.reason, found.before, found.after),
            (reason, before, after),
            "{instant}"
        );
    }
    assert_eq!(
        why_not_planned(&versions, at("2026-11-21T04:00:00Z")).explanation,
        "the job fires nothing before 2026-11-21T05:30:01Z, when it began"
    );
}

#[test]
fn only_a_version_that_fired_and_is_over_was_superseded() {
    let hourly = in_state(hourly(&json!({})), JobState::Paused);
    let period = |before: &Job, changed_at: &str, period: i64| {
        changed(before, changed_at, |job| {
            job.state = JobState::Active;
            job.timetable = job_with(&every(period), &json!({}), at(changed_at)).timetable;
            job.effective_from = next_second(at(changed_at));
        })
    };
    let even = period(&hourly, "2026-11-21T07:30:00Z", 7_200);
    let hourly_again = period(&even, "2026-11-21T10:30:00Z", 3_600);
    let renamed = changed(&hourly_again, "2026-11-21T11:30:00Z", |job| {
        job.name.push('!');
    });
    // Nine o'clock is in the first version, which was paused, and in those that came later.
    let versions = versions(&[hourly, even, hourly_again, renamed]);
    let found = why_not_planned(&versions, at("2026-11-21T09:00:00Z"));
    assert_eq!(found.reason, WhyNot::NotInSchedule);
}

#[test]
fn a_job_has_ended_once_its_end_is_over() {
    let ends = json!({ "ends_at": "2026-11-21T10:30:00Z" });
    let versions = versions(&[hourly(&ends)]);
    let found = |instant: &str| why_not_planned(&versions, at(instant));
    let last_second = found("2026-11-21T10:30:00Z");
    assert_eq!(last_second.reason, WhyNot::NotInSchedule);
    let behind = found("2026-11-21T10:30:01Z");
    assert_eq!(behind.reason, WhyNot::Ended);
    assert_eq!(
        behind.explanation,
        "the job fires nothing after 2026-11-21T10:30:00Z; its last fire time was 2026-11-21T10:00:00Z"
    );
}

#[test]
fn a_long_stretch_costs_what_is_taken_from_it() {
    let job = job_with(&every(10), &json!({}), at("2026-10-01T00:00:00Z"));
    let job = in_state(job, JobState::Paused);
    let versions = versions(&[job]);
    let ledger = Ledger {
        versions: &versions,
        records: &[],
        now: now(),
        settle: SETTLE,
    };
    let taken = ledger.between(now() - HOUR * 700, now()).take(3);
    assert_eq!(taken.count(), 3);
    assert_eq!(versions.last_before(now()), Some(now() - seconds(10)));
}

#[test]
fn what_an_outage_missed_is_stood_for_though_the_job_was_completed_since() {
    let policy = json!({ "max_runs": 80 });
    let day =
        Day::of(90, &policy, vec![0]).run(&[(21_600_370, day::Change::Edit(60))], &[(361, 367)]);
    assert_eq!(day.row.state, JobState::Completed);
    let missed = Occasion::Scheduled(at("2026-11-21T06:05:00Z"));
    let entry = day
        .entries()
        .into_iter()
        .find(|entry| entry.occasion == missed);
    let entry = entry.unwrap();
    assert_eq!(entry.outcome, Outcome::SkippedMisfire);
    assert_eq!(entry.stood_for_by, Some(at("2026-11-21T06:06:00Z")));
}
