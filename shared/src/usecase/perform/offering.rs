//! Offers an execution that was claimed and judged instead of running it. The record says so first; then its end is seen
//! to and the offer put, which whoever finds the record after a crash can do again.

use super::claiming::Won;
use super::ending::{fence_lost, follow, record};
use super::{Performed, What};
use crate::domain::pull::PullTerms;
use crate::domain::{Lane, Owed, Stamp};
use crate::plan::{self, Delivery};
use crate::port::{Clock, Entropy, PortResult};
use crate::usecase::World;

/// Offers what `won` holds to the workers of its job's owner.
pub(super) async fn offer(
    world: &impl World,
    lane: Lane,
    delivery: &Delivery,
    won: Won,
    owed: Owed<'_>,
    terms: &PullTerms,
) -> PortResult<Performed> {
    let now = world.clock().now();
    let stamp = Stamp(world.entropy().next_u64());
    let offered = plan::offer(&won.record, &delivery.message, owed, terms, now, stamp);
    let Some(offered) = record(world, &won, offered).await? else {
        return Ok(fence_lost(world, &won));
    };
    let edges = won.edges(now);
    follow(
        world,
        lane,
        &delivery.message,
        &offered,
        Some(owed.job),
        edges,
    )
    .await?;
    Ok(Performed::over(What::Offered, offered))
}
