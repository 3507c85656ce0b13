//! What a pause says, and how long a canceled job is kept.

use serde_json::json;

use super::*;
use crate::domain::JobRequest;

#[test]
fn a_note_is_one_line_of_one_to_five_hundred_characters_or_none() {
    for note in [None, Some("the bank is down"), Some(&*"ä".repeat(500))] {
        let pause = Pause::by_hand(note).unwrap();
        assert_eq!((pause.note.as_deref(), pause.automatic), (note, false));
    }
    for note in ["", "two\nlines", &"ä".repeat(501)] {
        let refused = Pause::by_hand(Some(note)).unwrap_err();
        assert_eq!(refused.field, "note", "{note:?}");
    }
}

#[test]
fn a_job_that_pauses_itself_says_after_how_many_failures() {
    let note = |failures| Pause::automatic(failures).note.unwrap();
    assert_eq!(note(1), "paused because an execution ended badly");
    let row = "paused because 3 executions in a row ended badly";
    assert_eq!(note(3), row);
}

#[test]
fn a_canceled_job_is_kept_to_the_end_of_its_retention_and_any_other_for_ever() {
    let now = DateTime::UNIX_EPOCH;
    let request: JobRequest = serde_json::from_value(json!({
        "name": "n", "job_type": "echo", "schedule": { "kind": "every", "seconds": 60 },
    }))
    .unwrap();
    let user = UserId::new("ann").unwrap();
    let active = request.into_job(JobId::from_random(7), user, now).unwrap();
    let canceled = Job {
        state: JobState::Canceled,
        canceled_at: Some(now),
        ..active.clone()
    };
    let end = now + Job::CANCELED_RETENTION;
    assert!(!canceled.has_expired(end));
    assert!(canceled.has_expired(end + TimeDelta::milliseconds(1)));
    assert!(!active.has_expired(end + TimeDelta::days(9_999)));
}
