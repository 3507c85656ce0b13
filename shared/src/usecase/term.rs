//! Begins a term: another region takes over, or this one scans a stretch of time again. Either is safe while a scanner
//! runs, which goes on in its own term to the end of its tick: what is scanned twice is claimed once.

use chrono::TimeDelta;

use super::World;
use crate::domain::{Minute, Term};
use crate::port::{Clock, PortResult, ScanProgress, Terms};

/// Where a term begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum From {
    /// So long before now: for what was checkpointed and may not have been carried out. The window must span the content of
    /// the queues that are lost, and what of the tables had not been copied.
    Before(TimeDelta),
    /// Where the present term's scanner has come: nothing that it has dispatched is lost.
    LowWater,
}

/// What asking for a term led to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Begun {
    /// This is the present term.
    Yes(Term),
    /// Somebody else has begun this one meanwhile.
    Lost(Term),
}

/// Begins the term of `region` (`None`: of every region that there is).
///
/// # Errors
/// If a port fails: read the present term before another try.
pub async fn begin_term(
    world: &impl World,
    region: Option<String>,
    from: From,
) -> PortResult<Begun> {
    let store = world.store();
    let now = world.clock().now();
    let minute = match from {
        From::Before(window) => Minute::of(now - window),
        From::LowWater => {
            let progress = store.progress().await?;
            progress.map_or_else(|| Minute::of(now), |progress| progress.low_water)
        }
    };
    let term = store.term().await?.next(region, minute);
    if store.begin_term(&term).await? {
        return Ok(Begun::Yes(term));
    }
    Ok(Begun::Lost(store.term().await?))
}
