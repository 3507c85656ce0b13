//! Calendars. A version is written once and never changed, so that planner and worker, reading at different times, agree
//! on what governs an instant.

use chrono::{DateTime, Utc};

use super::PortResult;
use crate::domain::calendar::{CalendarName, CalendarRequest};
use crate::domain::{CalendarVersion, CalendarVersions, JobId, UserId};

/// Where a calendar stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CalendarMark {
    /// Jobs may name it.
    Present,
    /// It is about to be deleted: no further job may name it.
    Deleting,
}

/// A job that names, or is about to name, a calendar.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CalendarReference {
    /// The job.
    pub job: JobId,
    /// When the reference was last written: the job's row may follow a little later.
    pub written_at: DateTime<Utc>,
}

/// The calendars, in the `control` table. Every read is strongly consistent.
pub trait Calendars: Send + Sync {
    /// The newest versions of a calendar, newest first, up to the one that governs `since`. None, if there is no calendar.
    fn calendar_versions(
        &self,
        user: &UserId,
        name: &CalendarName,
        since: DateTime<Utc>,
    ) -> impl Future<Output = PortResult<CalendarVersions>> + Send;

    /// Writes a version together with what its owner said. Whether it is stored now: `false` if another one of its
    /// number was there first.
    fn put_calendar_version(
        &self,
        user: &UserId,
        name: &CalendarName,
        version: &CalendarVersion,
        said: &CalendarRequest,
    ) -> impl Future<Output = PortResult<bool>> + Send;

    /// Lets the version `number` be purged after `at`: another one has taken its place.
    fn expire_calendar_version(
        &self,
        user: &UserId,
        name: &CalendarName,
        number: u64,
        at: DateTime<Utc>,
    ) -> impl Future<Output = PortResult<()>> + Send;

    /// What the owner said in version `number`.
    fn calendar_request(
        &self,
        user: &UserId,
        name: &CalendarName,
        number: u64,
    ) -> impl Future<Output = PortResult<Option<CalendarRequest>>> + Send;

    /// Removes the versions with these numbers.
    fn remove_calendar_versions(
        &self,
        user: &UserId,
        name: &CalendarName,
        numbers: &[u64],
    ) -> impl Future<Output = PortResult<()>> + Send;

    /// The marks of a user's calendars, in the order of their names.
    fn calendar_marks(
        &self,
        user: &UserId,
    ) -> impl Future<Output = PortResult<Vec<(CalendarName, CalendarMark)>>> + Send;

    /// The mark of one calendar.
    fn calendar_mark(
        &self,
        user: &UserId,
        name: &CalendarName,
    ) -> impl Future<Output = PortResult<Option<CalendarMark>>> + Send;

    /// Marks a calendar.
    fn mark_calendar(
        &self,
        user: &UserId,
        name: &CalendarName,
        mark: CalendarMark,
    ) -> impl Future<Output = PortResult<()>> + Send;

    /// Removes the mark of a calendar that is still about to be deleted.
    fn unmark_deleted_calendar(
        &self,
        user: &UserId,
        name: &CalendarName,
    ) -> impl Future<Output = PortResult<()>> + Send;

    /// Remembers that a job names a calendar, or is about to.
    fn refer_to_calendar(
        &self,
        user: &UserId,
        name: &CalendarName,
        reference: CalendarReference,
    ) -> impl Future<Output = PortResult<()>> + Send;

    /// Up to `limit` of the jobs that name a calendar, or did.
    fn calendar_references(
        &self,
        user: &UserId,
        name: &CalendarName,
        limit: usize,
    ) -> impl Future<Output = PortResult<Vec<CalendarReference>>> + Send;

    /// Forgets that a job names a calendar.
    fn forget_calendar_reference(
        &self,
        user: &UserId,
        name: &CalendarName,
        job: JobId,
    ) -> impl Future<Output = PortResult<()>> + Send;
}
