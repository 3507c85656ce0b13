//! The ledger in sentences: what became of an occurrence, and why, for a person who asks.

use chrono::{DateTime, SecondsFormat, Utc};

use super::{Entry, Versions};
use crate::domain::{Execution, Job, MisfirePolicy, Occasion, Outcome, Reason};
use crate::port::Backlog;

/// An instant as the sentences write it.
pub(super) fn written(instant: DateTime<Utc>) -> String {
    instant.to_rfc3339_opts(SecondsFormat::Secs, true)
}

/// The sentence for `entry`.
pub(super) fn explanation(versions: &Versions, entry: &Entry, now: DateTime<Utc>) -> String {
    let at = entry.occasion.fire_time();
    let told = match &entry.execution {
        Some(record) => recorded(versions, entry, record),
        None => unrecorded(versions, entry, at, now),
    };
    match entry.occasion {
        Occasion::Scheduled(_) => told,
        Occasion::Manual { .. } => format!("asked for by hand: {told}"),
    }
}

fn recorded(versions: &Versions, entry: &Entry, record: &Execution) -> String {
    let at = record.id.occasion.fire_time();
    let attempt = record.attempt;
    match entry.outcome {
        Outcome::Ran => {
            let tries = if attempt > 1 {
                format!(" at attempt {attempt}")
            } else {
                String::new()
            };
            let others = match record.stands_for {
                Some(count) if count > 1 => {
                    format!("; it stands for {count} missed occurrences, itself included")
                }
                _ => String::new(),
            };
            format!("it ran and succeeded{tries}{others}")
        }
        Outcome::Waiting => match record.waits_until {
            Some(until) => format!(
                "it waits for jobs that it runs after, up to {}",
                written(until)
            ),
            None => "it waits for jobs that it runs after".to_owned(),
        },
        Outcome::Running => format!("attempt {attempt} is under way"),
        Outcome::Offered => match &record.offer {
            Some(offer) => format!(
                "attempt {attempt} is offered to workers that do `{}`, up to {}",
                offer.work,
                written(offer.until)
            ),
            None => format!("attempt {attempt} is offered to workers"),
        },
        Outcome::Retrying => match record.retry_at {
            Some(retry_at) => format!(
                "attempt {attempt} failed{}; the next is due at {}",
                because(record),
                written(retry_at)
            ),
            None => format!("attempt {attempt} failed{}", because(record)),
        },
        Outcome::Failed => format!("attempt {attempt} failed for good{}", because(record)),
        Outcome::Dead if record.reason == Some(Reason::NoWorker) => {
            "no worker took it for as long as it was offered".to_owned()
        }
        Outcome::Dead => format!(
            "it is dead after {attempt} {}{}",
            if attempt == 1 { "attempt" } else { "attempts" },
            because(record)
        ),
        Outcome::SkippedMisfire => too_late(versions, record),
        Outcome::SkippedLimited => {
            "no slot of its key, or of its owner, was free in time".to_owned()
        }
        Outcome::SkippedOverlap => "an earlier execution of the job was still under way".to_owned(),
        Outcome::Canceled => match record.reason {
            Some(Reason::JobCanceled) => "it was canceled, for its job was deleted".to_owned(),
            Some(Reason::JobPaused) => {
                "its next attempt was canceled, for its job had been paused".to_owned()
            }
            _ => "it was canceled by its user".to_owned(),
        },
        Outcome::Superseded => match versions.last_with(at) {
            Some((_, changed_at)) => format!(
                "the job was changed at {}, and no longer fires then",
                written(changed_at)
            ),
            None => "the job was changed before it could run, and no longer fires then".to_owned(),
        },
        Outcome::UpstreamFailed => {
            format!("a job that it runs after did not succeed{}", caused(record))
        }
        Outcome::UpstreamNotFinished => format!(
            "a job that it runs after had not ended in time{}",
            caused(record)
        ),
        Outcome::Paused => paused(versions, at),
        Outcome::SkippedByUser => left_out(),
        Outcome::Excluded => excluded(versions, at),
        Outcome::Held => match &record.held {
            Some(held) => format!(
                "it is held since {} by the hold {}: {}",
                written(held.since),
                held.hold,
                held.note
            ),
            None => "it is held".to_owned(),
        },
        Outcome::Deferred | Outcome::Pending | Outcome::Missing => String::new(),
    }
}

fn unrecorded(versions: &Versions, entry: &Entry, at: DateTime<Utc>, now: DateTime<Utc>) -> String {
    match entry.outcome {
        Outcome::Pending if at > now => "it is not due yet".to_owned(),
        Outcome::Pending => "it is due; its record appears when a worker takes it up".to_owned(),
        Outcome::SkippedMisfire => match entry.stood_for_by {
            Some(stands) => format!(
                "it was missed; the occurrence of {} stands for it",
                written(stands)
            ),
            None => "it was missed".to_owned(),
        },
        Outcome::Paused => paused(versions, at),
        Outcome::SkippedByUser => left_out(),
        Outcome::Excluded => excluded(versions, at),
        Outcome::Canceled => match versions.governing(at).map(super::Version::made_at) {
            Some(deleted_at) => format!("the job was deleted at {}", written(deleted_at)),
            None => "the job was deleted".to_owned(),
        },
        _ => "it was due, and there is no record of it: its message or its hint was lost, or nothing ran at the \
              time; reconciliation sends it again"
            .to_owned(),
    }
}

/// The sentence for what waits in `backlog`.
pub(super) fn waiting(backlog: &Backlog) -> String {
    match backlog {
        Backlog::Capacity(band) => format!(
            "it is deferred: more was due than the workers of its band, {}, can take, or its priority was shed; it starts \
             as soon as its turn comes, within the job's catch-up window",
            band.name()
        ),
        Backlog::Hold(id) => format!("it is held by the hold {id}"),
    }
}

/// The sentence for what waits for its host.
pub(super) fn spared() -> String {
    "it is due; its target's host failed again and again, and is spared".to_owned()
}

/// The sentence for what waits for its turn.
pub(super) fn queued() -> String {
    "it is due; another execution of the job is under way, and it waits for its turn".to_owned()
}

fn left_out() -> String {
    "its owner wanted it left out".to_owned()
}

fn caused(record: &Execution) -> String {
    let cause = record.cause.map(|cause| format!(": {cause}"));
    cause.unwrap_or_default()
}

fn because(record: &Execution) -> String {
    let last = record.errors.last();
    last.map(|error| format!(": {}", error.detail))
        .unwrap_or_default()
}

fn too_late(versions: &Versions, record: &Execution) -> String {
    let at = record.id.occasion.fire_time();
    if record.reason == Some(Reason::Held) {
        return "it was held by an operator until the job's policies did not let it run any more"
            .to_owned();
    }
    if record.reason == Some(Reason::Deferred) {
        return "it was deferred for want of capacity until the job's policies did not let it run any more"
            .to_owned();
    }
    if record.reason == Some(Reason::TargetBreaker) {
        return "its target's host failed again and again, and was spared until the job's policies did not let it run any \
                more"
            .to_owned();
    }
    let late = record.finished_at.map(|judged| (judged - at).num_seconds());
    let late = late.map_or_else(String::new, |seconds| format!(" {seconds} s"));
    let policy = versions
        .owing(at, record.job_version)
        .map(|version| version.job.misfire);
    let window = policy.map_or(0, |misfire| u32::from(misfire.catch_up_window_seconds));
    let law = match policy.map(|misfire| misfire.policy) {
        Some(MisfirePolicy::Skip) => "the job skips what is late".to_owned(),
        Some(MisfirePolicy::FireLatest) => {
            format!("the job makes up for the latest missed occurrence alone, for up to {window} s")
        }
        Some(MisfirePolicy::FireAll) => {
            format!("the job makes up for missed occurrences for up to {window} s")
        }
        None => "the job's misfire policy did not let it run".to_owned(),
    };
    format!("it came{late} late: {law}")
}

fn excluded(versions: &Versions, at: DateTime<Utc>) -> String {
    let until = versions
        .governing(at)
        .and_then(|version| version.exclusions.excluded_until(at));
    match until {
        Some(until) => format!(
            "a calendar of the job excludes it, up to {}",
            written(until)
        ),
        None => "a calendar of the job excludes it".to_owned(),
    }
}

fn paused(versions: &Versions, at: DateTime<Utc>) -> String {
    let pause = versions.governing(at).and_then(pause_of);
    let (automatic, note) = pause.unwrap_or_default();
    let by = if automatic {
        "the job had paused itself"
    } else {
        "the job was paused"
    };
    let stretch = match versions.stretch(at) {
        Some((from, Some(to))) => format!(" from {} to {}", written(from), written(to)),
        Some((from, None)) => format!(" at {}", written(from)),
        None => String::new(),
    };
    format!("{by}{stretch}{note}")
}

fn pause_of(version: &super::Version) -> Option<(bool, String)> {
    let Job { pause, .. } = &version.job;
    let pause = pause.as_ref()?;
    let note = pause.note.as_ref();
    Some((
        pause.automatic,
        note.map(|note| format!(": {note}")).unwrap_or_default(),
    ))
}
