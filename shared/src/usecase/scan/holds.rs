//! Lets go what holds hold. A hold's share of a minute is taken by a write before any of it is sent, so two ticks of one
//! minute do not let go twice as much; what it lets go then waits with all else that waits, for capacity and in one order.
//! An entry is deleted after its message was sent.

use chrono::{DateTime, Utc};

use super::pace::Pace;
use super::waiting::read_waiting;
use crate::domain::{Action, Author, Hold, Stamp};
use crate::plan::pressure::{Candidate, release};
use crate::plan::{self, HoldStep, after_look, release_share};
use crate::port::{Backlog, Deferral, Entropy, Holds, PortResult};
use crate::usecase::holds::note_change;
use crate::usecase::{RACES, World, contended};

/// At least so much of each backlog is looked through for what its job does not let run any more, which goes to be judged
/// at once, whatever the rate: the oldest of every user.
const LOOKED_THROUGH: u64 = 1_000;

/// A hold, and whether its backlog was empty.
pub(super) struct Looked {
    hold: Hold,
    is_empty: bool,
}

/// Looks at every hold, and gives what it lets go to `pace`.
pub(super) async fn let_go(
    world: &impl World,
    pace: &mut Pace,
    now: DateTime<Utc>,
) -> PortResult<Vec<Looked>> {
    let mut looked = Vec::new();
    for hold in world.store().present_holds().await? {
        let share = release_share(&hold, now);
        let Some(hold) = take_share(world, hold, share, now).await? else {
            continue;
        };
        let backlog = Backlog::Hold(hold.id);
        let wanted = share.min(pace.capacity()).max(LOOKED_THROUGH);
        let found = read_waiting(world, &backlog, wanted).await?;
        // Nothing at all: a part that was read and sent whole says nothing of what is behind it.
        let is_empty = found.is_empty();
        let is_over = |entry: &Deferral| entry.fires_until.is_some_and(|until| until < now);
        let (over, live): (Vec<_>, Vec<_>) = found.into_iter().partition(is_over);
        let mut live: Vec<_> = live.into_iter().map(candidate).collect();
        let chosen = release(&mut live, share, pace.level());
        let chosen = chosen.into_iter().map(|one| one.item);
        let sent = |mut entry: Deferral, is_over| {
            entry.message = plan::let_go(entry.message, hold.id, is_over, now);
            entry
        };
        let chosen = chosen.map(|entry| sent(entry, false)).collect();
        let over = over.into_iter().map(|entry| sent(entry, true)).collect();
        let spread = hold.per_minute.filter(|_| hold.holds());
        pace.join(hold.id, chosen, spread);
        pace.join(hold.id, over, None);
        looked.push(Looked { hold, is_empty });
    }
    Ok(looked)
}

/// Takes the hold's share of this minute. `None`: another tick has, or the hold was changed.
async fn take_share(
    world: &impl World,
    hold: Hold,
    share: u64,
    now: DateTime<Utc>,
) -> PortResult<Option<Hold>> {
    if share == 0 || !hold.holds() {
        return Ok(Some(hold));
    }
    let expected = hold.stamp;
    let taken = Hold {
        released_at: Some(now),
        updated_at: now,
        stamp: Stamp(world.entropy().next_u64()),
        ..hold
    };
    let is_written = world.store().put_hold(&taken, Some(expected)).await?;
    Ok(is_written.then_some(taken))
}

/// Writes down what was let go of each, and goes on with those whose time has come, or of which nothing is left.
pub(super) async fn go_on(
    world: &impl World,
    looked: Vec<Looked>,
    pace: &Pace,
    now: DateTime<Utc>,
) -> PortResult<()> {
    for Looked { hold, is_empty } in looked {
        let sent = pace.let_go(hold.id);
        settle(world, hold, sent, is_empty, now).await?;
    }
    Ok(())
}

async fn settle(
    world: &impl World,
    mut hold: Hold,
    sent: u64,
    is_empty: bool,
    now: DateTime<Utc>,
) -> PortResult<()> {
    for _ in 0..RACES {
        let counted = Hold {
            released: hold.released + sent,
            ..hold.clone()
        };
        let stamp = Stamp(world.entropy().next_u64());
        let author = Author::punctual(format!("hold {}", hold.id));
        let next = match after_look(&counted, is_empty, now, stamp) {
            HoldStep::Archive(over) => return world.store().archive_hold(&over).await,
            HoldStep::Write(next) => {
                let action = if next.holds() {
                    Action::ReleaseHold
                } else {
                    Action::LiftHold
                };
                note_change(world, &author, action, Some(&hold), &next).await?;
                *next
            }
            HoldStep::Stay if sent == 0 => return Ok(()),
            HoldStep::Stay => Hold {
                updated_at: now,
                stamp,
                ..counted
            },
        };
        if world.store().put_hold(&next, Some(hold.stamp)).await? {
            return Ok(());
        }
        // An operator has changed it meanwhile: what was let go is counted all the same.
        match world.store().hold(hold.id).await? {
            Some(present) => hold = present,
            None => return Ok(()),
        }
    }
    contended("hold")
}

fn candidate(entry: Deferral) -> Candidate<Deferral> {
    Candidate {
        priority: entry.priority,
        user: entry.user.clone(),
        execution: entry.execution_id(),
        item: entry,
    }
}
