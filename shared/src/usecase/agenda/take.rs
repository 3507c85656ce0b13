//! Takes the agenda: reads every job once, and keeps of each what a forecast needs. It only reads jobs, so taking it twice,
//! or while they change, is fine; what changes meanwhile is known from the audit to whoever reads it.

use chrono::{DateTime, Utc};

use super::super::World;
use crate::domain::{Agenda, AgendaEntry, Job};
use crate::jobtype::destination;
use crate::port::{Agendas, Clock, Jobs, PortResult, Terms};

/// How many rows are read at once, between two looks at the clock.
const PAGE: usize = 100;

/// The most entries of an agenda: 90 MB, in a function that has 256.
const MOST_ENTRIES: usize = 200_000;

/// An agenda that was taken and kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Taken {
    /// When it was begun.
    pub taken_at: DateTime<Utc>,
    /// How many jobs were read.
    pub jobs: usize,
    /// How many of them fire.
    pub entries: usize,
    /// Whether these are all.
    pub is_whole: bool,
}

/// Takes the agenda and keeps it. `None`: the present term is another region's, or the time until `deadline` was too
/// short; the one before stays then.
///
/// # Errors
/// If a port fails. The one before stays.
pub async fn take_agenda(world: &impl World, deadline: DateTime<Utc>) -> PortResult<Option<Taken>> {
    if !world.store().term().await?.is_of(world.store().here()) {
        return Ok(None);
    }
    let (agenda, jobs) = read_jobs(world, usize::MAX, deadline).await?;
    if world.clock().now() >= deadline {
        return Ok(None);
    }
    world.store().keep_agenda(&agenda).await?;
    Ok(Some(Taken {
        taken_at: agenda.taken_at,
        jobs,
        entries: agenda.entries.len(),
        is_whole: agenda.is_whole,
    }))
}

/// The agenda of the first `most` rows, more or less, of those that can be read before `deadline`; and how many they were.
pub(super) async fn read_jobs(
    world: &impl World,
    most: usize,
    deadline: DateTime<Utc>,
) -> PortResult<(Agenda, usize)> {
    let mut agenda = Agenda {
        taken_at: world.clock().now(),
        entries: Vec::new(),
        is_whole: false,
    };
    let mut cursor: Option<String> = None;
    let mut read = 0;
    while read < most && agenda.entries.len() < MOST_ENTRIES && world.clock().now() < deadline {
        let Some(page) = world.store().scan_jobs(cursor.as_deref(), PAGE).await? else {
            break;
        };
        read += page.items.len();
        let entries = page
            .items
            .iter()
            .filter_map(|job| entry(job, agenda.taken_at));
        agenda.entries.extend(entries);
        cursor = page.next;
        if cursor.is_none() {
            agenda.is_whole = true;
            break;
        }
    }
    Ok((agenda, read))
}

/// What an agenda that was taken at `taken_at` says of `job`, if it fires.
pub(super) fn entry(job: &Job, taken_at: DateTime<Utc>) -> Option<AgendaEntry> {
    let target = destination(&job.job_type, &job.payload);
    let host = target.map(|target| target.host().to_owned());
    AgendaEntry::of(job, host, taken_at)
}
