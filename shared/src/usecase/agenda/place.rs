//! Places jobs that leave their place to Punctual: at the quietest second of their window, as far as is known what starts
//! when. Whoever knows nothing places by the job's id, so no job is refused for it.

use super::super::World;
use super::AgendaWatch;
use super::load::Load;
use crate::domain::{Job, JobId, JobRequest, Placing, Timetable};
use crate::port::Clock;

/// Where in its window the job `id` that `request` asks for would be placed. `None`: where its id says.
pub(in crate::usecase) async fn look_for_place(
    world: &impl World,
    agenda: &AgendaWatch,
    request: &JobRequest,
    id: JobId,
) -> Option<u32> {
    let timetable = to_be_placed(world, request, id)?;
    with_load(world, agenda, |load| load.place(&timetable, id)).await?
}

/// Places the job `id` that `request` asks for, so that whoever is placed next sees it there. `None`: it is where its id
/// says.
pub(in crate::usecase) async fn place(
    world: &impl World,
    agenda: &AgendaWatch,
    request: &JobRequest,
    id: JobId,
) -> Option<u32> {
    let timetable = to_be_placed(world, request, id)?;
    let placed = with_load(world, agenda, |load| {
        let place = load.place(&timetable, id)?;
        load.add(&timetable.placed_at(place));
        Some(place)
    });
    placed.await?
}

/// Has whoever is placed next see `job` where it is, if that was chosen.
pub(in crate::usecase) async fn count_placed(world: &impl World, agenda: &AgendaWatch, job: &Job) {
    let timetable = &job.timetable;
    if timetable
        .spread
        .is_some_and(|spread| spread.placed == Placing::Auto)
    {
        with_load(world, agenda, |load| load.add(timetable)).await;
    }
}

/// When the job that `request` asks for would fire, if it leaves its place to Punctual. One that cannot be accepted is
/// refused by whoever makes a job of it.
fn to_be_placed(world: &impl World, request: &JobRequest, id: JobId) -> Option<Timetable> {
    if request.spread != Placing::Auto {
        return None;
    }
    Timetable::from_request(request, id, world.clock().now()).ok()
}

async fn with_load<T>(
    world: &impl World,
    agenda: &AgendaWatch,
    work: impl FnOnce(&mut Load) -> T,
) -> Option<T> {
    let done = agenda.with_load(world, work).await;
    done.inspect_err(|error| tracing::warn!(%error, "what is planned cannot be read: placed by id"))
        .ok()
}

/// Where in its window `before` would be placed by an edit that asks for `request`: where it was, unless its schedule or its window
/// changes.
pub(in crate::usecase) async fn place_in_edit(
    world: &impl World,
    agenda: &AgendaWatch,
    request: &JobRequest,
    before: &Job,
) -> Option<u32> {
    match request.place_kept_of(before) {
        Some(kept) => Some(kept),
        None => look_for_place(world, agenda, request, before.id).await,
    }
}
