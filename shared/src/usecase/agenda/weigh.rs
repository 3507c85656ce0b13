//! What a change would do, before anybody makes it: put through the same model as things are and as they would be, with
//! what is measured of this deployment.

use super::super::{RequestError, World};
use super::forecast::{aside, within_reach};
use super::{AgendaWatch, Ahead, PresentAgenda};
use crate::domain::{Agenda, Caller, Minute, PerBand, Reach, Window};
use crate::plan::forecast::Filter;
use crate::plan::forecast::what_if::{Assumptions, Change, WhatIf, what_if};
use crate::plan::pressure::MEASURED_MINUTES;
use crate::port::{Clock, Gauges, Hints};

/// What a change would come to, and what that follows from.
#[derive(Clone, Debug)]
pub struct Weighed {
    /// The agenda.
    pub present: PresentAgenda,
    /// Which starts were put through the model.
    pub window: Window,
    /// What the deployment was taken to be, as it is.
    pub assumptions: Assumptions,
    /// What came of it.
    pub found: WhatIf,
}

/// Weighs `change` for the jobs that `who` lets through. Who reaches everybody's jobs sees it among all of them; who does
/// not, as if there were no others: what they do is nobody's business.
///
/// # Errors
/// [`RequestError::NotFound`] for a user beyond the caller's reach; or a port's failure.
pub async fn weigh(
    world: &impl World,
    agenda: &AgendaWatch,
    places: PerBand<u32>,
    caller: &Caller,
    (who, change): (Filter, Change),
    ahead: Ahead,
) -> Result<Weighed, RequestError> {
    let who = within_reach(caller, who)?;
    let present = agenda.present(world).await?;
    let now = world.clock().now();
    let since = Minute::of(now).plus(1 - MEASURED_MINUTES);
    let work = world.store().work_since(since).await?;
    let assumptions = Assumptions::of(places, work, world.store().shards());
    let window = ahead.window(now);
    let alone = caller.reach == Reach::Own;
    let weighing = aside(&present.agenda, "what-if", move |agenda| {
        if alone {
            let own = agenda.entries.iter().filter(|entry| who.admits(entry));
            let own = Agenda {
                entries: own.cloned().collect(),
                ..*agenda
            };
            what_if(&own, &change, &who, window, &assumptions)
        } else {
            what_if(agenda, &change, &who, window, &assumptions)
        }
    });
    let found = weighing.await?;
    Ok(Weighed {
        present,
        window,
        assumptions,
        found,
    })
}
