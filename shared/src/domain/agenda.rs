//! The agenda: of each job what a forecast needs to know, and no more. An entry speaks of the instants from when it was
//! taken on; what it says of them is what its job owes, less what its calendars exclude, which it only names.

use std::collections::BTreeSet;

use chrono::serde::{ts_milliseconds, ts_milliseconds_option, ts_seconds_option};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::calendar::CalendarName;
use super::schedule::ScheduleRequest;
use super::{
    ConcurrencyKey, Job, JobId, JobState, Lane, MaxConcurrency, Priority, RatePerMinute, Sharers,
    SlotKey, Spread, TimeoutSeconds, UserId,
};

/// One job on the agenda. Its schedule is kept in words: whoever forecasts reads each distinct one once, however many
/// jobs have it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct AgendaEntry {
    /// The job.
    pub id: JobId,
    /// Its owner.
    pub user: UserId,
    /// Its type.
    pub job_type: String,
    /// The host that it calls, if that is of its owner's choice.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub target: Option<String>,
    /// The rule of its fire times, with every default said and every `H` chosen.
    pub schedule: ScheduleRequest,
    /// How far, and within which window, they are moved.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub spread: Option<Spread>,
    /// Nothing fires before this; absent, if that has passed.
    #[serde(
        default,
        with = "ts_milliseconds_option",
        skip_serializing_if = "Option::is_none"
    )]
    pub from: Option<DateTime<Utc>>,
    /// Nothing fires after this.
    #[serde(
        default,
        with = "ts_seconds_option",
        skip_serializing_if = "Option::is_none"
    )]
    pub until: Option<DateTime<Utc>>,
    /// Fire times that are left out.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub skips: BTreeSet<DateTime<Utc>>,
    /// The calendars at whose times it does not fire.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub exclude_calendars: Vec<CalendarName>,
    /// How urgent it is.
    #[serde(default, skip_serializing_if = "is_default")]
    pub priority: Priority,
    /// How long an attempt may take.
    #[serde(default, skip_serializing_if = "is_default")]
    pub timeout_seconds: TimeoutSeconds,
    /// What shares its limits.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub concurrency_key: Option<ConcurrencyKey>,
    /// How many of the key may run at once.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_concurrency: Option<MaxConcurrency>,
    /// How many of the key may start in a minute.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rate_per_minute: Option<RatePerMinute>,
}

fn is_default<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}

impl AgendaEntry {
    /// What is to be known of `job`, which calls the host `target`, from `now` on. `None`: it fires no more, as it stands.
    /// A job that runs after others has an entry without times of its own.
    pub fn of(job: &Job, target: Option<String>, now: DateTime<Utc>) -> Option<Self> {
        let timetable = &job.timetable;
        let from = timetable
            .starts_at
            .map_or(job.effective_from, |start| start.max(job.effective_from));
        let fires = job.runs_after_others_only() || timetable.next(from.max(now)).is_some();
        if job.state != JobState::Active || !fires {
            return None;
        }
        Some(Self {
            id: job.id,
            user: job.user.clone(),
            job_type: job.job_type.clone(),
            target,
            schedule: timetable.schedule.clone().into(),
            spread: timetable.spread,
            from: Some(from).filter(|from| *from > now),
            until: timetable.end(),
            skips: job.skips.range(now..).copied().collect(),
            exclude_calendars: timetable.exclude_calendars.clone(),
            priority: job.priority,
            timeout_seconds: job.timeout_seconds,
            concurrency_key: job.concurrency_key.clone(),
            max_concurrency: job.max_concurrency,
            rate_per_minute: job.rate_per_minute,
        })
    }

    /// Whether it has no fire times of its own.
    pub fn runs_after_others_only(&self) -> bool {
        matches!(self.schedule, ScheduleRequest::After(_))
    }

    /// How far its fire times are moved, in seconds.
    pub fn offset_seconds(&self) -> u32 {
        self.spread.map_or(0, |spread| spread.offset_seconds)
    }

    /// By which lane its executions travel; as [`Job::lane`] has it.
    pub fn lane(&self) -> Lane {
        let pulled = self.job_type == super::pull::PULL;
        if pulled || self.timeout_seconds <= TimeoutSeconds::MAX_SHORT {
            Lane::Band(self.priority.band())
        } else {
            Lane::Long
        }
    }

    /// What it shares its limits with, if it has any; as [`Job::slots`] has it.
    pub fn slot_key(&self) -> Option<SlotKey> {
        (self.max_concurrency.is_some() || self.rate_per_minute.is_some()).then(|| SlotKey {
            user: self.user.clone(),
            sharers: match &self.concurrency_key {
                Some(key) => Sharers::Key(key.clone()),
                None => Sharers::Job(self.id),
            },
        })
    }
}

/// What all jobs are about to do, as it stood at one time.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Agenda {
    /// When it was taken: it says nothing of earlier instants.
    #[serde(with = "ts_milliseconds")]
    pub taken_at: DateTime<Utc>,
    /// One for each job that fires.
    pub entries: Vec<AgendaEntry>,
    /// Whether all such jobs are in it.
    pub is_whole: bool,
}
