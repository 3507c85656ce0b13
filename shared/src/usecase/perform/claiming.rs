//! Wins the claim, or finds out why not. The record is written before the job is read; losing the race costs one write
//! and no read, because the refused write brings the winner's record with it.

use chrono::{DateTime, TimeDelta, Utc};

use super::ending::follow;
use super::upstreams::look_again;
use super::{Performed, What};
use crate::domain::{ClaimToken, Execution, ExecutionId, ExecutionState, Lane, Stamp};
use crate::plan::dependencies::reopened;
use crate::plan::{ClaimDecision, Delivery, claim, due, supersede};
use crate::port::{Clock, Edge, Entropy, Executions, Expected, Jobs, PortError, PortResult, Put};
use crate::usecase::exclusions::exclusions_of_read;
use crate::usecase::{RACES, World, contended};

/// A worker waits out this much of a message's earliness itself; beyond it, the queue does.
const LONGEST_WAIT: TimeDelta = TimeDelta::seconds(10);

/// A claim that was won, and what was there before it.
pub(super) struct Won {
    /// Its fence.
    pub(super) token: ClaimToken,
    /// When it was claimed.
    pub(super) claimed_at: DateTime<Utc>,
    /// The record as it was claimed.
    pub(super) record: Execution,
    /// The record before that, if there was one.
    pub(super) before: Option<Execution>,
    /// The edges from its job, once that has been read, and when that was.
    pub(super) edges: Option<(DateTime<Utc>, Vec<Edge>)>,
    /// From then on it is too late to go on: an invocation of a band's worker ends at 120 s, and may have waited for the fire
    /// time before. `None`: the long lane's goes on beyond any lease.
    pub(super) until: Option<DateTime<Utc>>,
}

/// For how long behind a claim a band's worker writes what came of it.
const WRITES_FOR: TimeDelta = TimeDelta::seconds(98);

/// Edges that were read longer ago than this are read again: somebody may have begun to wait since.
const EDGES_ARE_FRESH_FOR: TimeDelta = TimeDelta::seconds(5);

impl Won {
    /// The edges from its job, if what was read of them will still do at `now`.
    pub(super) fn edges(&self, now: DateTime<Utc>) -> Option<&[Edge]> {
        let (read_at, edges) = self.edges.as_ref()?;
        (now - *read_at < EDGES_ARE_FRESH_FOR).then_some(edges)
    }

    /// When the attempt that `delivery` asks for was due.
    pub(super) fn due(&self, delivery: &Delivery) -> DateTime<Utc> {
        due(self.before.as_ref(), &self.record, delivery)
    }
}

/// How the race for the claim ended.
pub(super) enum Claim {
    Won(Box<Won>),
    Not(Performed),
}

/// Sleeps until the fire time if it is near; otherwise says when it is.
pub(super) async fn wait_out_earliness(
    world: &impl World,
    id: ExecutionId,
    delivery: &Delivery,
) -> Option<DateTime<Utc>> {
    let fire_time = id.occasion.fire_time();
    let first = delivery.message.attempt == 1;
    if first && fire_time - world.clock().now() > LONGEST_WAIT {
        return Some(fire_time);
    }
    if first {
        world.clock().sleep_until(fire_time).await;
    }
    None
}

/// Claims the execution that the delivery asks for.
pub(super) async fn win_claim(
    world: &impl World,
    lane: Lane,
    delivery: &Delivery,
) -> PortResult<Claim> {
    let id = delivery.message.execution_id();
    let token = ClaimToken(world.entropy().next_u64());
    let mut current: Option<Execution> = None;
    for _ in 0..RACES {
        let now = world.clock().now();
        let stamp = Stamp(world.entropy().next_u64());
        let mut decision = claim(current.as_ref(), delivery, now, token, stamp);
        let mut job = None;
        if let (ClaimDecision::AskWhetherSuperseded, Some(skipped)) = (&decision, &current) {
            job = world.store().job(skipped.id.job).await?;
            let exclusions = exclusions_of_read(world, job.as_ref()).await?;
            let owed = job.as_ref().map(|job| job.owed(&exclusions));
            decision = match look_again(world, job.as_ref(), skipped).await? {
                Some(gate) => reopened(skipped, job.as_ref(), gate, delivery, now, token, stamp),
                None => supersede(skipped, owed, delivery, now, token, stamp),
            };
        }
        match (decision, current.take()) {
            (
                ClaimDecision::Write {
                    execution,
                    expected,
                },
                before,
            ) => match world.store().put_execution(&execution, expected).await? {
                Put::Written => {
                    return Ok(Claim::Won(Box::new(Won {
                        token,
                        claimed_at: now,
                        record: *execution,
                        before,
                        edges: None,
                        until: delivery.pulse.is_none().then(|| now + WRITES_FOR),
                    })));
                }
                Put::Refused(found) => current = found.map(|found| *found),
            },
            (ClaimDecision::ComeBackAt(until), Some(waiting))
                if waiting.state != ExecutionState::Running && until - now <= LONGEST_WAIT =>
            {
                world.clock().sleep_until(until).await;
                current = Some(waiting);
            }
            (ClaimDecision::ComeBackAt(until), _) => {
                return Ok(Claim::Not(Performed::postponed(until)));
            }
            (
                ClaimDecision::GiveUp {
                    execution,
                    expected,
                },
                _,
            ) => match world.store().put_execution(&execution, expected).await? {
                Put::Written => {
                    job = world.store().job(id.job).await?;
                    let message = &delivery.message;
                    follow(world, lane, message, &execution, job.as_ref(), None).await?;
                    return Ok(Claim::Not(Performed::over(What::Judged, *execution)));
                }
                Put::Refused(found) => current = found.map(|found| *found),
            },
            (
                ClaimDecision::StandForMore {
                    execution,
                    expected,
                },
                _,
            ) => {
                current = match world.store().put_execution(&execution, expected).await? {
                    Put::Written => Some(*execution),
                    Put::Refused(found) => found.map(|found| *found),
                };
            }
            (ClaimDecision::Forget, Some(held)) => {
                return Ok(Claim::Not(Performed::over(What::AlreadyOver, held)));
            }
            (ClaimDecision::FollowUp, Some(over)) => {
                if over.state.is_terminal() {
                    job = world.store().job(over.id.job).await?;
                }
                let message = &delivery.message;
                follow(world, lane, message, &over, job.as_ref(), None).await?;
                return Ok(Claim::Not(Performed::over(What::AlreadyOver, over)));
            }
            // `claim` asks for none of these without a record; look again.
            (
                ClaimDecision::FollowUp
                | ClaimDecision::Forget
                | ClaimDecision::AskWhetherSuperseded,
                _,
            ) => {}
        }
    }
    contended("claim")
}

/// Fails with `error`, behind which nothing has begun. A claim that was left standing would count as an attempt, and keep
/// others off for its lease.
pub(super) async fn back_out<T>(world: &impl World, won: Won, error: PortError) -> PortResult<T> {
    if error.may_pass() {
        // If that fails, too, the lease sees to it.
        undo(world, won).await.ok();
    }
    Err(error)
}

/// Puts the record back as it was before the claim.
pub(super) async fn undo(world: &impl World, won: Won) -> PortResult<()> {
    match won.before {
        None => {
            world
                .store()
                .remove_execution(won.record.id, won.record.stamp)
                .await
        }
        Some(before) => {
            let restored = before.stamped(Stamp(world.entropy().next_u64()));
            let expected = Expected::Stamp(won.record.stamp);
            // Refused: the record has moved on, and needs no undoing.
            world.store().put_execution(&restored, expected).await?;
            Ok(())
        }
    }
}
