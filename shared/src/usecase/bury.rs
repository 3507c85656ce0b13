//! Handles one dead letter: an execution that ended badly, or a message that the queue gave up on. It is indexed, its event
//! published and its notifications queued before the record says so: a crash in between does it all again rather than
//! never.

use chrono::{DateTime, Utc};

use super::announce::announce;
use super::commit::commit;
use super::dependencies::fan_out;
use super::perform::follow;
use super::{RACES, World, contended};
use crate::domain::{
    Action, Author, DeadLetter, DispatchMessage, Execution, Lane, MalformedMessage, Stamp,
};
use crate::plan::{
    Burial, bury as decide, look_back, may_pause, pause_for_failures, to_announce_of_death,
};
use crate::port::{
    Clock, DeadLetters, Entropy, Events, Executions, Expected, Jobs, PortResult, Put, Unreadable,
    UnreadableMessage,
};

/// What became of a dead letter.
#[derive(Clone, Debug, PartialEq)]
pub enum Buried {
    /// It was noted; its owner will be told, if the job asks for it.
    Noted {
        /// The record.
        execution: Box<Execution>,
        /// Whether a notification was queued.
        notified: bool,
    },
    /// It had not ended badly, or was noted before.
    NothingToDo,
    /// A worker holds the execution still.
    ComeBackAt(DateTime<Utc>),
}

/// Records the end of the execution that `message` asks for, and has its owner told. `lane` is the queue's.
///
/// # Errors
/// If a port fails: the letter is to be handed over again.
pub async fn bury(
    world: &impl World,
    events: &impl Events,
    lane: Lane,
    message: &DispatchMessage,
) -> PortResult<Buried> {
    let id = message.execution_id();
    let mut current = world.store().execution(id).await?;
    for _ in 0..RACES {
        let now = world.clock().now();
        let stamp = Stamp(world.entropy().next_u64());
        let (written, expected, notified) = match decide(message, current.as_ref(), now, stamp) {
            Burial::Nothing => return Ok(Buried::NothingToDo),
            Burial::FollowUp => {
                if let Some(waiting) = &current {
                    follow(world, lane, message, waiting, None, None).await?;
                }
                return Ok(Buried::NothingToDo);
            }
            Burial::ComeBackAt(until) => return Ok(Buried::ComeBackAt(until)),
            Burial::RecordDead {
                execution,
                expected,
            } => (execution, expected, None),
            Burial::TellAndNote { noted, expected } => {
                // It may have ended here, by no worker's hand.
                fan_out(world, &noted, None).await?;
                pause_if_failing(world, &noted).await?;
                let notified = make_known(world, events, &noted).await?;
                (noted, expected, Some(notified))
            }
        };
        current = match put(world, &written, expected).await? {
            Err(found) => found,
            Ok(()) => match notified {
                Some(notified) => {
                    return Ok(Buried::Noted {
                        execution: written,
                        notified,
                    });
                }
                None => Some(*written),
            },
        };
    }
    contended("bury")
}

async fn put(
    world: &impl World,
    execution: &Execution,
    expected: Expected,
) -> PortResult<Result<(), Option<Execution>>> {
    Ok(
        match world.store().put_execution(execution, expected).await? {
            Put::Written => Ok(()),
            Put::Refused(found) => Err(found.map(|found| *found)),
        },
    )
}

/// Pauses the job of an execution that ended badly, if that is one too many. A crash before the note decides again, and
/// finds the job paused; a user who changes the job meanwhile wins the race, and what was decided is decided again.
async fn pause_if_failing(world: &impl World, ended: &Execution) -> PortResult<()> {
    let id = ended.id.job;
    let author = Author::punctual(ended.id.to_string());
    for _ in 0..RACES {
        let present = world.store().job(id).await?;
        let Some(job) = present.filter(|job| may_pause(job, ended)) else {
            return Ok(());
        };
        let now = world.clock().now();
        let latest = world.store().latest_executions(id, look_back(&job)).await?;
        let Some(paused) = pause_for_failures(&job, &latest) else {
            return Ok(());
        };
        let by = (&author, Action::AutoPause);
        if commit(world, by, &job, paused, now).await?.is_some() {
            tracing::warn!(job_id = %id, "paused: too many executions in a row ended badly");
            return Ok(());
        }
    }
    contended("pause after failures")
}

/// Has everybody know who is to know. Returns whether that was anybody.
async fn make_known(
    world: &impl World,
    events: &impl Events,
    execution: &Execution,
) -> PortResult<bool> {
    let job = world.store().job(execution.id.job).await?;
    if let Some(letter) = DeadLetter::of(execution, job.as_ref()) {
        world.store().index_dead_letter(&letter).await?;
    }
    events.publish_dead_letter(execution, job.as_ref()).await?;
    let Some(job) = job else { return Ok(false) };
    let wanted = to_announce_of_death(&job, execution);
    Ok(announce(world, &job, execution, &wanted).await? > 0)
}

/// Keeps a message that nothing here can read, for a person to look at.
///
/// # Errors
/// If it cannot be kept: the message is to be handed over again.
pub async fn record_unreadable(
    world: &impl World,
    message_id: &str,
    queue: &str,
    body: &str,
    reason: &MalformedMessage,
) -> PortResult<()> {
    world
        .store()
        .record_unreadable(&UnreadableMessage {
            message_id: message_id.to_owned(),
            queue: queue.to_owned(),
            body: body.chars().take(1_024).collect(),
            reason: reason.to_string(),
            received_at: world.clock().now(),
        })
        .await
}
