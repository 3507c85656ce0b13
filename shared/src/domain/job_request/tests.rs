//! What a request may say, to the last character, and what it is taken for where it says nothing.

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::{Value, json};

use super::*;

fn at(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}

fn now() -> DateTime<Utc> {
    at("2026-11-21T12:00:30Z")
}

/// A daily job's request; the fields of `more` are added to it.
fn request(more: Value) -> JobRequest {
    let mut request = json!({
        "name": "n", "job_type": "echo",
        "schedule": { "kind": "cron", "expression": "0 9 * * *" },
    });
    let Value::Object(more) = more else {
        panic!("no fields: {more}");
    };
    request.as_object_mut().unwrap().extend(more);
    serde_json::from_value(request).unwrap()
}

fn made(more: Value) -> Result<Job, Invalid> {
    let user = UserId::new("ann").unwrap();
    request(more).into_job(JobId::from_random(7), user, now())
}

fn refused(more: Value) -> Option<String> {
    made(more).err().map(|invalid| invalid.field)
}

/// Says something other than the default wherever it can.
fn wordy() -> JobRequest {
    request(json!({
        "payload": { "x": 1 }, "spread_seconds": 900, "exclude_calendars": ["holidays"],
        "after": [JobId::from_random(1)], "after_condition": "all_finished", "after_limit_seconds": 77,
        "concurrency_key": "crm", "max_concurrency": 2, "max_runs": 9, "priority": 3,
    }))
}

#[test]
fn what_was_asked_for_is_written_and_read_as_it_was_said() {
    let text = serde_json::to_value(wordy()).unwrap();
    for (field, said) in [
        ("spread_seconds", json!(900)),
        ("exclude_calendars", json!(["holidays"])),
        ("after_limit_seconds", json!(77)),
        ("concurrency_key", json!("crm")),
    ] {
        assert_eq!(text[field], said);
    }
    assert_eq!(serde_json::from_value::<JobRequest>(text).unwrap(), wordy());
    let user = UserId::new("ann").unwrap();
    let id = JobId::from_random(7);
    let job = wordy().into_job(id, user, now()).unwrap();
    let stored = serde_json::to_string(&job).unwrap();
    assert_eq!(serde_json::from_str::<Job>(&stored).unwrap(), job);
}

#[test]
fn a_request_without_a_payload_has_an_empty_one() {
    assert_eq!(made(json!({})).unwrap().payload, json!({}));
}

#[test]
fn requests_that_ask_for_the_same_have_one_digest_and_others_have_others() {
    let digest = |more| request(more).digest().unwrap();
    assert_eq!(digest(json!({})), digest(json!({ "priority": 5 })));
    let others = [
        json!({}),
        json!({ "name": "m" }),
        json!({ "payload": { "x": 1 } }),
        json!({ "spread_seconds": 1 }),
    ];
    let distinct: BTreeSet<_> = others.map(digest).into_iter().collect();
    assert_eq!(distinct.len(), 4);
    assert!(distinct.iter().all(|digest| digest.len() == 32));
}

#[test]
fn a_name_is_one_line_of_one_to_two_hundred_characters() {
    for (name, fits) in [
        ("ä".repeat(200), true),
        ("ä".repeat(201), false),
        (String::new(), false),
        ("two\nlines".to_owned(), false),
    ] {
        let field = (!fits).then(|| "name".to_owned());
        assert_eq!(refused(json!({ "name": name })), field, "{name:?}");
    }
}

#[test]
fn a_payload_has_at_most_256_kilobytes_of_json() {
    // The two quotes count.
    let payload = |bytes: usize| json!({ "payload": "x".repeat(bytes - 2) });
    assert_eq!(refused(payload(MAX_PAYLOAD_BYTES)), None);
    for bytes in [MAX_PAYLOAD_BYTES + 1, 2 * MAX_PAYLOAD_BYTES] {
        assert_eq!(refused(payload(bytes)).as_deref(), Some("payload"));
    }
}

#[test]
fn one_time_of_the_past_is_caught_up_with_to_the_end_of_its_window() {
    let ago = |seconds: i64, policy: &str| {
        let at = now() - TimeDelta::seconds(seconds);
        made(json!({
            "schedule": { "kind": "once", "at": at },
            "misfire": { "policy": policy, "catch_up_window_seconds": 3_600 },
        }))
    };
    let job = ago(3_600, "fire_latest").unwrap();
    assert_eq!(job.effective_from, at("2026-11-21T11:00:30Z"));
    for (seconds, policy) in [(3_601, "fire_latest"), (90_000, "fire_all"), (9, "skip")] {
        let field = ago(seconds, policy).unwrap_err().field;
        assert_eq!(field, "schedule.at", "{seconds} {policy}");
    }
}

#[test]
fn a_url_is_absolute_short_and_without_credentials() {
    let long = |length: usize| {
        let start = "https://example.com/";
        format!("{start}{}", "x".repeat(length - start.len()))
    };
    for url in ["http://example.com", "https://example.com/?q", &long(2_048)] {
        assert!(http_url("url", url).is_ok(), "{url}");
    }
    for url in [
        "example.com",
        "ftp://example.com/",
        "https://ann@example.com/",
        "https://:secret@example.com/",
        "https://ann:secret@example.com/",
        &long(2_049),
        &long(4_096),
    ] {
        assert_eq!(http_url("url", url).unwrap_err().field, "url", "{url}");
    }
}

#[test]
fn a_window_ends_no_earlier_than_it_begins() {
    let window = |starts: &str, ends: &str| {
        let [starts, ends] = [starts, ends].map(|time| format!("2027-01-01T{time}Z"));
        refused(json!({ "starts_at": starts, "ends_at": ends }))
    };
    assert_eq!(window("09:00:00", "09:00:00"), None);
    assert_eq!(window("09:00:00", "10:00:00"), None);
    let refused = window("09:00:01", "09:00:00");
    assert_eq!(refused.as_deref(), Some("ends_at"));
}

#[test]
fn five_calendars_may_be_named_and_each_once() {
    let named = |names: &[&str]| refused(json!({ "exclude_calendars": names }));
    assert_eq!(named(&["a", "b", "c", "d", "e"]), None);
    for more in [
        &["a", "b", "c", "d", "e", "f"][..],
        &["a", "b", "c", "d", "e", "f", "g"],
    ] {
        assert_eq!(named(more).as_deref(), Some("exclude_calendars"));
    }
    let twice = named(&["a", "b", "a"]);
    assert_eq!(twice.as_deref(), Some("exclude_calendars[2]"));
}

/// A daily job that was placed in its window by what else is planned: at its 17th second.
fn placed() -> Job {
    let user = UserId::new("ann").unwrap();
    let asked = request(json!({ "spread_seconds": 900, "spread": "auto" }));
    asked
        .into_job_at(Some(17), JobId::from_random(7), user, now())
        .unwrap()
}

#[test]
fn a_place_that_was_chosen_is_kept_as_long_as_schedule_and_window_are() {
    let kept = |more: Value| request(more).place_kept_of(&placed());
    let auto = |seconds: u32| json!({ "spread_seconds": seconds, "spread": "auto" });
    let another = json!({
        "spread_seconds": 900, "spread": "auto",
        "schedule": { "kind": "cron", "expression": "0 10 * * *" },
    });
    assert_eq!(kept(auto(900)), Some(17));
    for changed in [
        auto(901),
        another,
        json!({ "spread_seconds": 900 }),
        json!({}),
    ] {
        let said = changed.to_string();
        assert_eq!(kept(changed), None, "{said}");
    }
    let by_id = made(json!({ "spread_seconds": 900 })).unwrap();
    assert_eq!(request(auto(900)).place_kept_of(&by_id), None);
    assert_eq!(
        request(json!({ "spread_seconds": 900 })).place_kept_of(&by_id),
        None
    );

    let edited = request(auto(900)).into_edit_of(&placed(), now()).unwrap();
    assert_eq!(edited.timetable.spread, placed().timetable.spread);
}

#[test]
fn a_completed_job_goes_on_only_if_its_timetable_changes() {
    let edited = |state: JobState, more: Value| {
        let before = Job {
            state,
            ..made(json!({})).unwrap()
        };
        request(more).into_edit_of(&before, now()).unwrap().state
    };
    let hourly = || json!({ "schedule": { "kind": "cron", "expression": "0 * * * *" } });
    let before = made(json!({})).unwrap();
    let later = now() + TimeDelta::days(1);
    let changed = request(hourly()).into_edit_of(&before, later).unwrap();
    assert_eq!(changed.created_at, before.created_at);
    let renamed = || json!({ "name": "renamed" });
    assert_eq!(edited(JobState::Completed, renamed()), JobState::Completed);
    assert_eq!(edited(JobState::Completed, hourly()), JobState::Active);
    assert_eq!(edited(JobState::Paused, hourly()), JobState::Paused);
}

#[test]
fn an_edit_that_changes_a_name_changes_nothing_else() {
    let asked = json!({ "max_runs": 9, "spread_seconds": 900, "spread": "auto" });
    let user = UserId::new("ann").unwrap();
    let made = request(asked.clone())
        .into_job_at(Some(17), JobId::from_random(7), user.clone(), now())
        .unwrap();
    let before = Job {
        version: 5,
        state: JobState::Paused,
        skips: [at("2026-11-25T09:00:17Z")].into(),
        pause: crate::domain::Pause::by_hand(Some("the target moves house")).ok(),
        request_digest: "digest".to_owned(),
        change: crate::domain::Change {
            version: 5,
            at: now(),
            by: user.clone(),
            action: crate::domain::Action::Pause,
            request_id: "r".to_owned(),
        },
        created_at: now() - TimeDelta::hours(1),
        updated_at: now() - TimeDelta::hours(1),
        ..made
    };
    let mut renamed = request(asked);
    renamed.name = "another".to_owned();
    let later = now() + TimeDelta::days(2);
    // As the API edits it: where it was placed is chosen anew, if that is asked for.
    let edited = renamed.into_edit_of_at(Some(99), &before, later).unwrap();
    let expected = Job {
        name: "another".to_owned(),
        updated_at: later,
        ..before
    };
    assert_eq!(edited, expected);
}
