//! What a schedule with its policies would do, before there is a job. Nothing is written.

use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};

use super::agenda::{look_for_place, place_in_edit};
use super::calendars::no_such_calendar;
use super::{AgendaWatch, RequestError, World, reachable_job};
use crate::domain::schedule::{ClockChange, clock_changes, words};
use crate::domain::{
    Caller, Exclusions, JobId, JobRequest, Placing, Timetable, floor_second, next_second,
};
use crate::port::{Calendars, Clock};

/// How far ahead changes of the clock are told.
const YEAR: TimeDelta = TimeDelta::days(366);

/// How many times may be passed over, or counted, in search of those that are shown.
const SEARCHED: usize = 20_000;

/// What a schedule would do.
#[derive(Debug)]
pub struct Preview {
    /// The fire times' rule, as a job would keep it.
    pub timetable: Timetable,
    /// The schedule in words.
    pub words: String,
    /// The next fire times.
    pub fire_times: Vec<DateTime<Utc>>,
    /// The changes of the clock within a year that the schedule meets.
    pub clock_changes: Vec<ClockChange>,
}

/// Previews the first `count` fire times from `from` on of the job that `request` asks for: of the job `id`, if it is
/// there already, as an `H` and a spread are each job's own. Where in its window a job is placed that leaves it to
/// Punctual, `agenda` says.
///
/// # Errors
/// [`RequestError::Invalid`] names the field.
pub async fn preview(
    world: &impl World,
    agenda: &AgendaWatch,
    caller: &Caller,
    request: &JobRequest,
    id: Option<JobId>,
    from: Option<DateTime<Utc>>,
    count: usize,
) -> Result<Preview, RequestError> {
    let now = world.clock().now();
    let from = from.unwrap_or_else(|| next_second(now));
    let present = match id {
        Some(id) if request.spread == Placing::Auto => reachable_job(world, caller, id).await.ok(),
        _ => None,
    };
    let id = id.unwrap_or_else(|| JobId::from_random(0));
    let place = match present {
        Some(job) => place_in_edit(world, agenda, request, &job).await,
        None => look_for_place(world, agenda, request, id).await,
    };
    let timetable = Timetable::from_request(request, id, now)?;
    let timetable = match place {
        Some(place) => timetable.placed_at(place),
        None => timetable,
    };
    let exclusions = exclusions(world, caller, &timetable, from.min(now)).await?;
    Ok(Preview {
        words: words(&timetable.schedule),
        fire_times: fire_times(&timetable, &exclusions, from, now, count),
        clock_changes: clock_changes(&timetable.schedule, floor_second(now), now + YEAR),
        timetable,
    })
}

async fn exclusions(
    world: &impl World,
    caller: &Caller,
    timetable: &Timetable,
    since: DateTime<Utc>,
) -> Result<Exclusions, RequestError> {
    let mut calendars = Vec::new();
    for (index, name) in timetable.exclude_calendars.iter().enumerate() {
        let versions = world.store().calendar_versions(&caller.user, name, since);
        let versions = versions.await?;
        if versions.newest().is_none() {
            return Err(no_such_calendar(index, name).into());
        }
        calendars.push(Arc::new(versions));
    }
    Ok(Exclusions::of(calendars))
}

/// Runs are counted from `now` on, as they would be if the job were made now.
fn fire_times(
    timetable: &Timetable,
    exclusions: &Exclusions,
    from: DateTime<Utc>,
    now: DateTime<Utc>,
    count: usize,
) -> Vec<DateTime<Utc>> {
    let mut left = timetable.max_runs;
    let mut at = if left.is_some() {
        next_second(now)
    } else {
        from
    };
    let mut found = Vec::new();
    for _ in 0..SEARCHED {
        let Some(next) = timetable.next(at).filter(|_| left != Some(0)) else {
            break;
        };
        if let Some(end) = exclusions.excluded_until(next) {
            at = end.max(next + TimeDelta::seconds(1));
            continue;
        }
        left = left.map(|runs| runs - 1);
        if next >= from {
            found.push(next);
        }
        if found.len() >= count {
            break;
        }
        at = next + TimeDelta::seconds(1);
    }
    found
}
