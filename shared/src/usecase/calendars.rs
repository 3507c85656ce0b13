//! A user's calendars, and the jobs that name them. A job writes its reference before it looks whether the calendar is
//! there, and a delete marks the calendar before it looks for references: one of the two sees the other.

use chrono::{DateTime, TimeDelta, Utc};

use super::audit::{Deed, audit};
use super::exclusions::exclusions_of;
use super::launch::within_put_limit;
use super::{RACES, RequestError, World, contended};
use crate::domain::calendar::{Calendar, CalendarName, CalendarRequest};
use crate::domain::{
    Action, Author, CalendarVersion, Caller, ContentHash, Invalid, Job, JobId, JobState, Subject,
    UserId,
};
use crate::plan::{VERSIONS_KEPT, next_version};
use crate::port::{CalendarMark, CalendarReference, Calendars, Clock, Jobs, PortResult};

/// The most calendars that a user may have.
pub const MAX_CALENDARS: usize = 100;

/// How long after its reference a job's row may follow.
const IN_THE_MAKING: TimeDelta = TimeDelta::seconds(60);

/// How many references are looked at at once.
const REFERENCES: usize = 100;

/// A calendar, with what its owner said last.
#[derive(Clone, Debug, PartialEq)]
pub struct SavedCalendar {
    /// Its name.
    pub name: CalendarName,
    /// Its newest version, which may not govern yet.
    pub version: CalendarVersion,
    /// What was said. `None` only if its writer died in between; it may be said again.
    pub said: Option<CalendarRequest>,
}

/// Creates or changes the caller's calendar `name`. Saying the same again changes nothing.
///
/// # Errors
/// [`RequestError::Invalid`] names the field; [`RequestError::Conflict`] if there are too many calendars, or changes.
pub async fn put_calendar(
    world: &impl World,
    caller: &Caller,
    name: &CalendarName,
    said: CalendarRequest,
) -> Result<SavedCalendar, RequestError> {
    let user = &caller.user;
    let store = world.store();
    for _ in 0..RACES {
        let now = world.clock().now();
        let calendar = Calendar::compile(&said, now)?;
        let before = store
            .calendar_versions(user, name, now - VERSIONS_KEPT)
            .await?;
        if let Some(newest) = before.newest()
            && newest.calendar == calendar
            && store.calendar_mark(user, name).await? == Some(CalendarMark::Present)
        {
            let words = store.calendar_request(user, name, newest.number).await?;
            if words.as_ref() == Some(&said) {
                return Ok(saved(name, newest.clone(), words));
            }
        }
        let marks = store.calendar_marks(user).await?;
        let is_new = !marks.iter().any(|(present, _)| present == name);
        if is_new && marks.len() >= MAX_CALENDARS {
            let reason = format!("there are {MAX_CALENDARS} calendars, which is the most");
            return Err(RequestError::Conflict(reason));
        }
        let version = next_version(&before, calendar, now).ok_or_else(|| {
            RequestError::Conflict("the calendar was changed 50 times within 31 days".to_owned())
        })?;
        let newest = before
            .newest()
            .map(|newest| ContentHash::of(&newest.calendar));
        let after = ContentHash::of(&version.calendar);
        let deed = deed(Action::PutCalendar, caller, name, newest, Some(after));
        audit(world, &Author::from(caller), deed).await?;
        store
            .mark_calendar(user, name, CalendarMark::Present)
            .await?;
        within_put_limit(world, now, "put calendar")?;
        if store
            .put_calendar_version(user, name, &version, &said)
            .await?
        {
            if let Some(replaced) = before.newest() {
                let unneeded = version.effective_from + VERSIONS_KEPT;
                store
                    .expire_calendar_version(user, name, replaced.number, unneeded)
                    .await?;
            }
            return Ok(saved(name, version, Some(said)));
        }
    }
    Ok(contended("change of a calendar")?)
}

/// Makes one calendar out of another, or out of nothing, or nothing out of one.
fn deed<'a>(
    action: Action,
    caller: &'a Caller,
    name: &CalendarName,
    before: Option<ContentHash>,
    after: Option<ContentHash>,
) -> Deed<'a> {
    Deed {
        action,
        subject: Subject::Calendar(name.as_str().to_owned()),
        owner: &caller.user,
        version: None,
        before,
        after,
        detail: None,
    }
}

fn saved(
    name: &CalendarName,
    version: CalendarVersion,
    said: Option<CalendarRequest>,
) -> SavedCalendar {
    SavedCalendar {
        name: name.clone(),
        version,
        said,
    }
}

/// The caller's calendar `name`.
///
/// # Errors
/// [`RequestError::NotFound`] if there is none.
pub async fn calendar(
    world: &impl World,
    caller: &Caller,
    name: &CalendarName,
) -> Result<SavedCalendar, RequestError> {
    let newest = newest_version(world, &caller.user, name).await?;
    let version = newest.ok_or(RequestError::NotFound("calendar"))?;
    let store = world.store();
    let said = store
        .calendar_request(&caller.user, name, version.number)
        .await?;
    Ok(saved(name, version, said))
}

/// The caller's calendars, by name, without what was said in them.
///
/// # Errors
/// If a port fails.
pub async fn calendars(
    world: &impl World,
    caller: &Caller,
) -> Result<Vec<SavedCalendar>, RequestError> {
    let mut all = Vec::new();
    for (name, _) in world.store().calendar_marks(&caller.user).await? {
        if let Some(version) = newest_version(world, &caller.user, &name).await? {
            all.push(saved(&name, version, None));
        }
    }
    Ok(all)
}

async fn newest_version(
    world: &impl World,
    user: &UserId,
    name: &CalendarName,
) -> PortResult<Option<CalendarVersion>> {
    // The newest governs the end of time, if nothing sooner.
    let versions = world
        .store()
        .calendar_versions(user, name, DateTime::<Utc>::MAX_UTC);
    Ok(versions.await?.0.into_iter().next())
}

/// Deletes the caller's calendar `name`.
///
/// # Errors
/// [`RequestError::NotFound`] if there is none; [`RequestError::Conflict`] while a job names it.
pub async fn delete_calendar(
    world: &impl World,
    caller: &Caller,
    name: &CalendarName,
) -> Result<(), RequestError> {
    let (store, user) = (world.store(), &caller.user);
    if store.calendar_mark(user, name).await?.is_none() {
        return Err(RequestError::NotFound("calendar"));
    }
    // Before anybody looks for references: a job that writes one later will see the mark.
    store
        .mark_calendar(user, name, CalendarMark::Deleting)
        .await?;
    let versions = store
        .calendar_versions(user, name, DateTime::<Utc>::MIN_UTC)
        .await?;
    if let Some(job) = user_of(world, user, name).await? {
        store
            .mark_calendar(user, name, CalendarMark::Present)
            .await?;
        return Err(RequestError::Conflict(format!(
            "the job {job} names the calendar: take it out of its exclude_calendars first"
        )));
    }
    let newest = versions
        .newest()
        .map(|newest| ContentHash::of(&newest.calendar));
    let deed = deed(Action::DeleteCalendar, caller, name, newest, None);
    audit(world, &Author::from(caller), deed).await?;
    let numbers: Vec<_> = versions.0.iter().map(|version| version.number).collect();
    store.remove_calendar_versions(user, name, &numbers).await?;
    store.unmark_deleted_calendar(user, name).await?;
    Ok(())
}

/// A job that names the calendar, if there is one. References of jobs that no longer do are forgotten on the way.
async fn user_of(
    world: &impl World,
    user: &UserId,
    name: &CalendarName,
) -> PortResult<Option<JobId>> {
    let store = world.store();
    loop {
        let references = store.calendar_references(user, name, REFERENCES).await?;
        if references.is_empty() {
            return Ok(None);
        }
        for reference in references {
            let is_young = world.clock().now() - reference.written_at < IN_THE_MAKING;
            let names_it = store.job(reference.job).await?.is_some_and(|job| {
                job.state != JobState::Canceled && job.timetable.exclude_calendars.contains(name)
            });
            if is_young || names_it {
                return Ok(Some(reference.job));
            }
            store
                .forget_calendar_reference(user, name, reference.job)
                .await?;
        }
    }
}

/// The refusal of entry `index` of `exclude_calendars`, which names no calendar.
pub(super) fn no_such_calendar(index: usize, name: &CalendarName) -> Invalid {
    let field = format!("exclude_calendars[{index}]");
    Invalid::new(field, format!("is not the name of a calendar: {name}"))
}

/// Binds `job`, which is about to be written, to the calendars that it names: refers to them, sees that they are there,
/// and counts its runs without what they exclude.
///
/// # Errors
/// [`RequestError::Invalid`] names the entry of `exclude_calendars` that is no calendar of the job's owner.
pub(super) async fn bind(
    world: &impl World,
    job: Job,
    before: Option<&Job>,
    now: DateTime<Utc>,
) -> Result<Job, RequestError> {
    let unchanged = before.is_some_and(|before| before.timetable == job.timetable);
    if job.timetable.exclude_calendars.is_empty() || unchanged {
        return Ok(job);
    }
    let store = world.store();
    for (index, name) in job.timetable.exclude_calendars.iter().enumerate() {
        let reference = CalendarReference {
            job: job.id,
            written_at: now,
        };
        store.refer_to_calendar(&job.user, name, reference).await?;
        let there = store.calendar_mark(&job.user, name).await? == Some(CalendarMark::Present)
            && newest_version(world, &job.user, name).await?.is_some();
        if !there {
            return Err(no_such_calendar(index, name).into());
        }
    }
    let exclusions = exclusions_of(world, &job).await?;
    Ok(job.counted(&exclusions)?)
}
