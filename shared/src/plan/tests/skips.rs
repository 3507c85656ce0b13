//! Single fire times left out, and let in again.

use serde_json::json;

use super::{at, hourly, in_state, now, owed, seconds};
use crate::domain::{Job, JobState, MAX_SKIPS};
use crate::plan::{skip, unskip};

fn one() -> Job {
    skip(owed(&hourly(&json!({}))), None, now())
        .unwrap()
        .unwrap()
}

#[test]
fn the_next_fire_time_is_the_one_to_skip_unless_another_is_named() {
    assert!(one().skips.contains(&at("2026-11-21T13:00:00Z")));
    let second = skip(owed(&one()), None, now()).unwrap().unwrap();
    assert!(second.skips.contains(&at("2026-11-21T14:00:00Z")));
    let named = at("2026-12-24T18:00:00Z");
    let third = skip(owed(&second), Some(named), now()).unwrap().unwrap();
    assert_eq!(third.skips.len(), 3);
    assert_eq!(skip(owed(&third), Some(named), now()), Ok(None));
}

#[test]
fn what_the_job_does_not_owe_cannot_be_skipped() {
    let job = hourly(&json!({}));
    let paused = in_state(job.clone(), JobState::Paused);
    for (job, fire_time) in [
        (&job, "2026-11-21T13:00:01Z"),
        (&job, "2026-11-21T12:00:00Z"),
        (&paused, "2026-11-21T13:00:00Z"),
    ] {
        let refused = skip(owed(job), Some(at(fire_time)), now()).unwrap_err();
        assert_eq!(refused.field, "fire_time");
    }
    assert!(skip(owed(&paused), None, now()).is_err());
}

#[test]
fn a_skip_is_forgotten_once_its_time_could_not_fire_any_more() {
    let window = json!({ "misfire": { "catch_up_window_seconds": 3_600 } });
    let times = ["2026-11-21T11:00:00Z", "2026-11-21T12:00:00Z"].map(at);
    let job = Job {
        skips: times.into(),
        ..hourly(&window)
    };
    let after = skip(owed(&job), None, now()).unwrap().unwrap();
    assert_eq!(
        after.skips,
        [times[1], at("2026-11-21T13:00:00Z")].into(),
        "a message for noon may still come"
    );
}

#[test]
fn there_is_a_limit_to_what_is_skipped_at_once() {
    let mut job = hourly(&json!({}));
    for _ in 0..MAX_SKIPS {
        job = skip(owed(&job), None, now()).unwrap().unwrap();
    }
    let refused = skip(owed(&job), None, now()).unwrap_err();
    assert_eq!(refused.field, "fire_time");
}

#[test]
fn a_skip_is_taken_back_until_its_time_has_come() {
    let fire_time = at("2026-11-21T13:00:00Z");
    let job = one();
    let back = unskip(owed(&job), fire_time, now()).unwrap().unwrap();
    assert!(owed(&back).contains(fire_time));
    assert_eq!(unskip(owed(&back), fire_time, now()), Ok(None));
    for (fire_time, now) in [(fire_time, fire_time), (fire_time + seconds(1), now())] {
        let refused = unskip(owed(&job), fire_time, now).unwrap_err();
        assert_eq!(refused.field, "fire_time");
    }
}

#[test]
fn a_completed_job_whose_skip_is_taken_back_is_active_again() {
    let completed = in_state(one(), JobState::Completed);
    let back = unskip(owed(&completed), at("2026-11-21T13:00:00Z"), now());
    assert_eq!(back.unwrap().unwrap().state, JobState::Active);
}
