//! The one way to change a job's row: archive what is replaced and audit the change, start the chain that it calls for,
//! then write the row. A crash in between leaves a copy of what is still there, an entry that says what did not happen,
//! and hints that the membership law answers with no.

use chrono::{DateTime, Utc};
use futures_util::future::try_join;

use super::World;
use super::audit::{Deed, audit};
use super::launch::{launch, within_put_limit};
use crate::domain::{Action, Author, Change, Job, JobState};
use crate::port::{History, Jobs, PortResult, Put};

/// Writes `after` over `before`, as the next version, made by whom and how `(author, action)` say. `now` is the reading of
/// the clock that `after` was made with. `None`: the race is lost.
pub(super) async fn commit(
    world: &impl World,
    (author, action): (&Author, Action),
    before: &Job,
    after: Job,
    now: DateTime<Utc>,
) -> PortResult<Option<Job>> {
    let version = before.version + 1;
    let after = Job {
        version,
        updated_at: now,
        change: Change::new(author, action, version, now),
        ..after
    };
    let deed = Deed::on_job(action, Some(before), &after);
    let archive = world.store().archive_job(before, now);
    try_join(archive, audit(world, author, deed)).await?;
    let starts_chain = after.state == JobState::Active
        && (before.state != JobState::Active || before.timetable != after.timetable);
    if starts_chain {
        launch(world, &after, after.effective_from, now).await?;
    }
    within_put_limit(world, now, "commit")?;
    let put = world.store().put_job(&after).await?;
    Ok((put == Put::Written).then_some(after))
}
