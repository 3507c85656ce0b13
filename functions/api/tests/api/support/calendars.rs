//! Calendars in memory.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Mutex;

use chrono::{DateTime, Utc};
use punctual::domain::calendar::{CalendarName, CalendarRequest};
use punctual::domain::{CalendarVersion, CalendarVersions, JobId, UserId};
use punctual::port::{CalendarMark, CalendarReference, Calendars, PortResult};

use super::tables::{Tables, lock};

type Key = (String, CalendarName);

/// What is stored of calendars.
#[derive(Default)]
pub struct Shelf {
    versions: Mutex<BTreeMap<(Key, u64), (CalendarVersion, CalendarRequest)>>,
    marks: Mutex<BTreeMap<Key, CalendarMark>>,
    references: Mutex<BTreeMap<Key, BTreeMap<JobId, CalendarReference>>>,
}

fn key(user: &UserId, name: &CalendarName) -> Key {
    (user.as_str().to_owned(), name.clone())
}

impl Calendars for Tables {
    async fn calendar_versions(
        &self,
        user: &UserId,
        name: &CalendarName,
        since: DateTime<Utc>,
    ) -> PortResult<CalendarVersions> {
        let key = key(user, name);
        let stored = lock(&self.calendars.versions);
        let of_calendar = stored.iter().filter(|((of, _), _)| *of == key);
        let mut versions = Vec::new();
        for (version, _) in of_calendar.map(|(_, stored)| stored).rev() {
            versions.push(version.clone());
            if version.effective_from <= since {
                break;
            }
        }
        Ok(CalendarVersions(versions))
    }

    async fn put_calendar_version(
        &self,
        user: &UserId,
        name: &CalendarName,
        version: &CalendarVersion,
        said: &CalendarRequest,
    ) -> PortResult<bool> {
        self.wrote();
        let key = (key(user, name), version.number);
        let mut versions = lock(&self.calendars.versions);
        let is_free = !versions.contains_key(&key);
        if is_free {
            versions.insert(key, (version.clone(), said.clone()));
        }
        Ok(is_free)
    }

    async fn expire_calendar_version(
        &self,
        _: &UserId,
        _: &CalendarName,
        _: u64,
        _: DateTime<Utc>,
    ) -> PortResult<()> {
        Ok(())
    }

    async fn calendar_request(
        &self,
        user: &UserId,
        name: &CalendarName,
        number: u64,
    ) -> PortResult<Option<CalendarRequest>> {
        let versions = lock(&self.calendars.versions);
        let found = versions.get(&(key(user, name), number));
        Ok(found.map(|(_, said)| said.clone()))
    }

    async fn remove_calendar_versions(
        &self,
        user: &UserId,
        name: &CalendarName,
        numbers: &[u64],
    ) -> PortResult<()> {
        self.wrote();
        let numbers: BTreeSet<_> = numbers.iter().collect();
        let key = key(user, name);
        lock(&self.calendars.versions)
            .retain(|(of, number), _| *of != key || !numbers.contains(number));
        Ok(())
    }

    async fn calendar_marks(&self, user: &UserId) -> PortResult<Vec<(CalendarName, CalendarMark)>> {
        let marks = lock(&self.calendars.marks);
        let of_user = marks.iter().filter(|((of, _), _)| of == user.as_str());
        Ok(of_user
            .map(|((_, name), mark)| (name.clone(), *mark))
            .collect())
    }

    async fn calendar_mark(
        &self,
        user: &UserId,
        name: &CalendarName,
    ) -> PortResult<Option<CalendarMark>> {
        Ok(lock(&self.calendars.marks).get(&key(user, name)).copied())
    }

    async fn mark_calendar(
        &self,
        user: &UserId,
        name: &CalendarName,
        mark: CalendarMark,
    ) -> PortResult<()> {
        self.wrote();
        lock(&self.calendars.marks).insert(key(user, name), mark);
        Ok(())
    }

    async fn unmark_deleted_calendar(&self, user: &UserId, name: &CalendarName) -> PortResult<()> {
        self.wrote();
        let mut marks = lock(&self.calendars.marks);
        if marks.get(&key(user, name)) == Some(&CalendarMark::Deleting) {
            marks.remove(&key(user, name));
        }
        Ok(())
    }

    async fn refer_to_calendar(
        &self,
        user: &UserId,
        name: &CalendarName,
        reference: CalendarReference,
    ) -> PortResult<()> {
        self.wrote();
        let mut references = lock(&self.calendars.references);
        let of_calendar = references.entry(key(user, name)).or_default();
        of_calendar.insert(reference.job, reference);
        Ok(())
    }

    async fn calendar_references(
        &self,
        user: &UserId,
        name: &CalendarName,
        limit: usize,
    ) -> PortResult<Vec<CalendarReference>> {
        let references = lock(&self.calendars.references);
        let of_calendar = references.get(&key(user, name));
        let jobs = of_calendar.into_iter().flat_map(BTreeMap::values);
        Ok(jobs.take(limit).copied().collect())
    }

    async fn forget_calendar_reference(
        &self,
        user: &UserId,
        name: &CalendarName,
        job: JobId,
    ) -> PortResult<()> {
        self.wrote();
        let mut references = lock(&self.calendars.references);
        if let Some(of_calendar) = references.get_mut(&key(user, name)) {
            of_calendar.remove(&job);
        }
        Ok(())
    }
}
