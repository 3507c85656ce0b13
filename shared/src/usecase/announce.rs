//! Asks for a job's owner to be told: one message for each event and channel, so that no channel waits for another. May be
//! done again; what has been told is known by its mark.

use super::World;
use crate::domain::{Execution, Job, NotificationMessage, NotifyOn};
use crate::plan::attempt_of;
use crate::port::{PortResult, Queues, SendAt};

/// Sends the messages for `events` of `execution`. Returns how many.
pub(super) async fn announce(
    world: &impl World,
    job: &Job,
    execution: &Execution,
    events: &[NotifyOn],
) -> PortResult<usize> {
    let channels = job
        .notify
        .as_ref()
        .map_or(0, |notify| notify.channels().len());
    let places = 0..u8::try_from(channels).unwrap_or(u8::MAX);
    let mut sent = 0;
    for event in events {
        let attempt = attempt_of(*event, execution);
        for place in places.clone() {
            let message = NotificationMessage::new(execution.id, attempt, *event, place);
            world
                .queues()
                .send_notification(&message, SendAt::Now)
                .await?;
            sent += 1;
        }
    }
    Ok(sent)
}
