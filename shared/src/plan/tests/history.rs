//! Versions are found whatever was archived, and an entry's change is called applied only where that is proved.

use proptest::prelude::*;
use serde_json::json;

use super::{at, hourly, now, once, owed, seconds};
use crate::domain::{
    Action, AuditEntry, Author, Change, ContentHash, ExecutionId, ExecutionState, Job, JobId,
    JobState, Subject, UserId,
};
use crate::plan::{applied, complete, versions_below};

/// The job as its version number `version`, made by an edit.
fn version(number: u64) -> Job {
    let author = Author::punctual("r");
    let made_at = now() + seconds(i64::try_from(number).unwrap());
    Job {
        name: format!("version {number}"),
        version: number,
        updated_at: made_at,
        change: Change::new(&author, Action::Edit, number, made_at),
        ..hourly(&json!({}))
    }
}

/// The same, once more labelled as completed.
fn labelled(number: u64) -> Job {
    let job = version(number);
    Job {
        state: JobState::Completed,
        version: number + 1,
        updated_at: job.updated_at + seconds(90),
        ..job
    }
}

#[test]
fn a_label_is_taken_off_again_without_a_trace() {
    let job = super::job_with(&once("2026-11-21T12:01:00Z"), &json!({}), now());
    let last = super::record(
        ExecutionId::scheduled(job.id, at("2026-11-21T12:01:00Z")),
        ExecutionState::Succeeded,
    );
    let completed = complete(owed(&job), &last, now() + seconds(40)).unwrap();
    assert_eq!(completed.unlabelled(), Some(job.clone()));
    assert_eq!(completed.made_by().action, Action::Complete);
    assert_eq!(completed.made_by().version, 2);
    assert_eq!(
        (job.unlabelled(), job.made_by()),
        (None, job.change.clone())
    );
}

#[test]
fn a_job_that_was_completed_by_a_change_has_no_label() {
    let resumed = Job {
        state: JobState::Completed,
        ..version(3)
    };
    assert_eq!(resumed.unlabelled(), None);
}

proptest! {
    /// Rows are archived when they are replaced, a labelled one without the one beneath, and the last one perhaps although
    /// it is still there. Pages of any size show each version once, newest first.
    #[test]
    fn pages_show_every_version_once(
        labels in prop::collection::vec(any::<bool>(), 1..12),
        present_is_archived in any::<bool>(),
        limit in 1_usize..5,
    ) {
        let mut rows: Vec<Job> = Vec::new();
        for label in labels {
            let next = rows.last().map_or(1, |last| last.version + 1);
            rows.push(if label { labelled(next) } else { version(next) });
        }
        let present = rows.last().unwrap().clone();
        if !present_is_archived {
            rows.pop();
        }
        let mut seen = Vec::new();
        let mut below = present.version + 1;
        loop {
            let archived = rows.iter().rev().filter(|row| row.version < below + 1);
            let archived: Vec<_> = archived.take(limit + 1).cloned().collect();
            let page = versions_below(below, &present, &archived, limit);
            prop_assert!(page.len() <= limit);
            let Some(last) = page.last() else { break };
            below = last.version;
            seen.extend(page.iter().map(|job| job.version));
        }
        let all: Vec<_> = (1..=present.version).rev().collect();
        prop_assert_eq!(seen, all);
    }
}

fn entry_for(job: &Job) -> AuditEntry {
    AuditEntry {
        at: now(),
        nonce: 1,
        by: UserId::punctual(),
        role: None,
        action: Action::Edit,
        subject: Subject::Job(JobId::from_random(7)),
        owner: job.user.clone(),
        version: Some(job.version),
        request_id: String::new(),
        before: None,
        after: Some(ContentHash::of(job)),
        detail: None,
    }
}

#[test]
fn a_change_has_taken_effect_if_its_version_is_what_it_announced() {
    let mine = entry_for(&version(2));
    let rival = Job {
        name: "rival".into(),
        ..version(2)
    };
    for (present, archived, expected) in [
        (version(2), vec![], Some(true)),
        (version(2), vec![version(1)], Some(true)),
        (version(3), vec![version(2), version(1)], Some(true)),
        (labelled(2), vec![version(1)], Some(true)),
        (version(4), vec![labelled(2)], Some(true)),
        (rival.clone(), vec![version(1)], Some(false)),
        (version(3), vec![rival, version(1)], Some(false)),
        // The label came first.
        (labelled(1), vec![], Some(false)),
        // The archive of that time has expired.
        (version(9), vec![], None),
    ] {
        let found = applied(&mine, Some(&present), &archived, now());
        assert_eq!(found, expected, "{} over {archived:?}", present.name);
    }
}

#[test]
fn a_change_that_is_not_there_is_given_up_only_when_it_cannot_be_under_way() {
    let edit = entry_for(&version(2));
    let create = entry_for(&version(1));
    for (age, expected) in [(0, None), (60, None), (61, Some(false))] {
        let later = now() + seconds(age);
        assert_eq!(
            applied(&edit, Some(&version(1)), &[version(1)], later),
            expected
        );
        assert_eq!(applied(&create, None, &[], later), expected);
        assert_eq!(
            applied(&edit, None, &[], later),
            None,
            "a row that has expired may have been at this version"
        );
    }
}

#[test]
fn an_entry_of_something_else_proves_nothing() {
    let run_now = AuditEntry {
        version: None,
        after: None,
        ..entry_for(&version(1))
    };
    assert_eq!(applied(&run_now, Some(&version(1)), &[], now()), None);
}
