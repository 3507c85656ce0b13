//! What a user may say about a job, and the one place where it becomes a job. Everything is checked before anything is
//! written; every default is filled in here, so that every answer can show it.

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::Value;
use sha2::{Digest, Sha256};
use utoipa::ToSchema;
use utoipa::openapi::{Object, ObjectBuilder, Type};

use super::calendar::CalendarName;
use super::pull::PULL;
use super::schedule::{ScheduleRequest, instant_text};
use super::{
    Action, After, AfterCondition, AfterLimit, CatchUpWindow, Change, ConcurrencyKey, Invalid, Job,
    JobId, JobState, MaxConcurrency, Misfire, MisfirePolicy, Notify, Overlap, Placing, Priority,
    RatePerMinute, RetryPolicy, Schedule, Spread, SpreadSeconds, TimeoutSeconds, Timetable, UserId,
    next_second,
};

/// The body of a create or a replace.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(examples(json!({
    "name": "daily report",
    "job_type": "http",
    "payload": { "url": "https://example.com/hook", "method": "POST", "body": { "report": "daily" } },
    "schedule": { "kind": "cron", "expression": "0 9 * * MON-FRI", "timezone": "Europe/Berlin" },
    "retry": { "max_retries": 5, "backoff_seconds": 30 },
    "notify": { "webhook_url": "https://example.com/alarm", "on": ["dead"] }
})))]
pub struct JobRequest {
    /// What the owner calls it: 1 to 200 characters.
    #[schema(schema_with = job_name)]
    pub name: String,
    /// A name in the registry of job types.
    pub job_type: String,
    /// For the job type to validate. An empty object, if absent.
    #[serde(default = "empty_object")]
    #[schema(default = empty_object)]
    pub payload: Value,
    /// When it fires. A job that waits for others may have none, or null: it runs when they have.
    #[serde(default, deserialize_with = "or_default")]
    #[schema(required = false)]
    pub schedule: ScheduleRequest,
    /// The owner's jobs that it runs after: its upstreams, at most 20. In a batch, also `key:` and the `key` of another
    /// item.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schema(max_items = 20)]
    pub after: Vec<JobId>,
    /// Which of their ends let it run; `all_succeeded`, if absent.
    #[serde(default, skip_serializing_if = "AfterCondition::is_default")]
    #[schema(default = AfterCondition::default)]
    pub after_condition: AfterCondition,
    /// How long, in seconds, a run waits for them: 10 to 604,800; 86,400 if absent.
    #[serde(default, skip_serializing_if = "AfterLimit::is_default")]
    #[schema(default = AfterLimit::default)]
    pub after_limit_seconds: AfterLimit,
    /// Only recurring: no fire time lies before this.
    #[serde(
        default,
        with = "instant_text",
        skip_serializing_if = "Option::is_none"
    )]
    pub starts_at: Option<DateTime<Utc>>,
    /// Only recurring: no fire time lies after this.
    #[serde(
        default,
        with = "instant_text",
        skip_serializing_if = "Option::is_none"
    )]
    pub ends_at: Option<DateTime<Utc>>,
    /// Only recurring: how many fire times there are, 1 to 10,000. No limit, if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(minimum = 1, maximum = 10_000)]
    pub max_runs: Option<u32>,
    /// The owner's calendars at whose times it does not fire: at most 5 names.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schema(max_items = 5)]
    pub exclude_calendars: Vec<CalendarName>,
    /// The window, in seconds, into which the fire times may be moved: 0 to 86,400; 0 if absent.
    #[serde(default)]
    #[schema(default = SpreadSeconds::default)]
    pub spread_seconds: SpreadSeconds,
    /// By what the place in that window is found: `hash` (its id), or `auto`: the quietest second of it, as far as is planned
    /// by then. `hash`, if absent.
    #[serde(default, skip_serializing_if = "Placing::is_default")]
    #[schema(default = Placing::default)]
    pub spread: Placing,
    /// What happens when an execution is due while an earlier one still runs. If absent, `skip`; `allow` for a job without
    /// a schedule of its own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub overlap: Option<Overlap>,
    /// The jobs of the owner that name the same key share their limits. This job alone, if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub concurrency_key: Option<ConcurrencyKey>,
    /// How many executions of the key may run at once: 1 to 100. No limit, if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_concurrency: Option<MaxConcurrency>,
    /// How many executions of the key may start in a minute: 1 to 10,000. No limit, if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rate_per_minute: Option<RatePerMinute>,
    /// 1 (most urgent) to 10; 5 if absent.
    #[serde(default)]
    #[schema(default = Priority::default)]
    pub priority: Priority,
    /// What its misfires do.
    #[serde(default)]
    pub misfire: MisfireRequest,
    /// How failed attempts are tried again.
    #[serde(default)]
    pub retry: RetryRequest,
    /// How long an attempt may take: 1 to 840, for jobs of type `pull` up to 86,400; 30 if absent.
    #[serde(default)]
    #[schema(default = TimeoutSeconds::default)]
    pub timeout_seconds: TimeoutSeconds,
    /// After how many executions in a row that ended badly the job is paused: 1 to 100. Never, if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(minimum = 1, maximum = 100)]
    pub pause_after_failures: Option<u32>,
    /// Who is told of what becomes of it; nobody, if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub notify: Option<Notify>,
}

/// The misfire part of a request. A policy that was left out is told from one that was chosen: only a chosen one lets a
/// one-time job lie in the past.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct MisfireRequest {
    /// `fire_latest`, if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub policy: Option<MisfirePolicy>,
    /// 86,400, if absent.
    #[serde(default)]
    #[schema(default = CatchUpWindow::default)]
    pub catch_up_window_seconds: CatchUpWindow,
}

/// The retry part of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct RetryRequest {
    /// 0 to 20; 3 if absent.
    #[schema(maximum = 20)]
    pub max_retries: u32,
    /// 1 to 3,600; 60 if absent.
    #[schema(minimum = 1, maximum = 3_600)]
    pub backoff_seconds: u32,
    /// Up to 86,400; if absent 3,600, or `backoff_seconds` if that is more.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(minimum = 1, maximum = 86_400)]
    pub max_backoff_seconds: Option<u32>,
}

impl Default for RetryRequest {
    fn default() -> Self {
        let RetryPolicy {
            max_retries,
            backoff_seconds,
            ..
        } = RetryPolicy::default();
        Self {
            max_retries,
            backoff_seconds,
            max_backoff_seconds: None,
        }
    }
}

impl RetryRequest {
    fn policy(self) -> Result<RetryPolicy, Invalid> {
        let default_cap = RetryPolicy::default().max_backoff_seconds;
        RetryPolicy {
            max_retries: self.max_retries,
            backoff_seconds: self.backoff_seconds,
            max_backoff_seconds: self
                .max_backoff_seconds
                .unwrap_or(default_cap.max(self.backoff_seconds)),
        }
        .validated()
    }
}

/// What a job's name looks like, for the API's document.
pub fn job_name() -> Object {
    ObjectBuilder::new()
        .schema_type(Type::String)
        .description(Some("What its owner calls it."))
        .min_length(Some(1))
        .max_length(Some(200))
        .pattern(Some(r"^[^\u0000-\u001f\u007f-\u009f]*$"))
        .examples(["daily report"])
        .build()
}

/// A schedule that is null is one that is not said.
fn or_default<'de, D: Deserializer<'de>>(deserializer: D) -> Result<ScheduleRequest, D::Error> {
    Ok(Option::deserialize(deserializer)?.unwrap_or_default())
}

fn empty_object() -> Value {
    Value::Object(serde_json::Map::new())
}

/// The greatest payload, in bytes of JSON text.
pub const MAX_PAYLOAD_BYTES: usize = 256 * 1024;

impl JobRequest {
    /// A request that leaves everything else to its default.
    pub fn new(name: String, job_type: String, payload: Value, schedule: ScheduleRequest) -> Self {
        Self {
            name,
            job_type,
            payload,
            schedule,
            after: Vec::new(),
            after_condition: AfterCondition::default(),
            after_limit_seconds: AfterLimit::default(),
            starts_at: None,
            ends_at: None,
            max_runs: None,
            exclude_calendars: Vec::new(),
            spread_seconds: SpreadSeconds::default(),
            spread: Placing::default(),
            overlap: None,
            concurrency_key: None,
            max_concurrency: None,
            rate_per_minute: None,
            priority: Priority::default(),
            misfire: MisfireRequest::default(),
            retry: RetryRequest::default(),
            timeout_seconds: TimeoutSeconds::default(),
            pause_after_failures: None,
            notify: None,
        }
    }

    /// The request that would make `job` as it is: what a partial change is merged into.
    ///
    /// # Errors
    /// [`Invalid`] if the stored schedule cannot be said as a request; no stored schedule is like that.
    pub fn from_job(job: &Job) -> Result<Self, Invalid> {
        let schedule = serde_json::to_value(&job.timetable.schedule)
            .and_then(serde_json::from_value)
            .map_err(|error| Invalid::new("schedule", error.to_string()))?;
        let after = job.after.as_ref();
        let spread = job.timetable.spread;
        Ok(Self {
            name: job.name.clone(),
            job_type: job.job_type.clone(),
            payload: job.payload.clone(),
            schedule,
            after: job.upstreams().to_vec(),
            after_condition: after.map(|after| after.condition).unwrap_or_default(),
            after_limit_seconds: after.map(|after| after.limit).unwrap_or_default(),
            starts_at: job.timetable.starts_at,
            ends_at: job.timetable.ends_at,
            max_runs: job.timetable.max_runs,
            exclude_calendars: job.timetable.exclude_calendars.clone(),
            spread_seconds: spread.map(Spread::window).unwrap_or_default(),
            spread: spread.map(|spread| spread.placed).unwrap_or_default(),
            overlap: Some(job.overlap),
            concurrency_key: job.concurrency_key.clone(),
            max_concurrency: job.max_concurrency,
            rate_per_minute: job.rate_per_minute,
            priority: job.priority,
            misfire: MisfireRequest {
                policy: Some(job.misfire.policy),
                catch_up_window_seconds: job.misfire.catch_up_window_seconds,
            },
            retry: RetryRequest {
                max_retries: job.retry.max_retries,
                backoff_seconds: job.retry.backoff_seconds,
                max_backoff_seconds: Some(job.retry.max_backoff_seconds),
            },
            timeout_seconds: job.timeout_seconds,
            pause_after_failures: job.pause_after_failures,
            notify: job.notify.clone(),
        })
    }

    /// Tells this request from another one under the same idempotency key.
    ///
    /// # Errors
    /// [`Invalid`] if the request cannot be written as JSON; no parsed request is like that.
    pub fn digest(&self) -> Result<String, Invalid> {
        let text =
            serde_json::to_vec(self).map_err(|error| Invalid::new("payload", error.to_string()))?;
        let mut first = [0; 16];
        first.copy_from_slice(&Sha256::digest(text)[..16]);
        Ok(format!("{:032x}", u128::from_be_bytes(first)))
    }

    /// Makes the job that is asked for, as version 1, active from the next second on, as a change by its owner; in its
    /// window at the place that its id gives.
    ///
    /// # Errors
    /// [`Invalid`] names the first field that cannot be accepted. The payload is the job type's to check.
    pub fn into_job(self, id: JobId, user: UserId, now: DateTime<Utc>) -> Result<Job, Invalid> {
        self.into_job_at(None, id, user, now)
    }

    /// As [`Self::into_job`], at the `place` in its window, in seconds, that was chosen for it, if one was.
    ///
    /// # Errors
    /// As [`Self::into_job`].
    pub fn into_job_at(
        self,
        place: Option<u32>,
        id: JobId,
        user: UserId,
        now: DateTime<Utc>,
    ) -> Result<Job, Invalid> {
        let request_digest = self.digest()?;
        let name_length = self.name.chars().count();
        if !(1..=200).contains(&name_length) || self.name.chars().any(char::is_control) {
            return Err(Invalid::new(
                "name",
                "must be 1 to 200 characters, none of them a control character",
            ));
        }
        if self.payload.to_string().len() > MAX_PAYLOAD_BYTES {
            return Err(Invalid::new("payload", "must be at most 256 KB of JSON"));
        }
        if self
            .pause_after_failures
            .is_some_and(|failures| !(1..=100).contains(&failures))
        {
            return Err(Invalid::new(
                "pause_after_failures",
                "must be from 1 to 100",
            ));
        }
        self.check_limits()?;
        if self.job_type != PULL && self.timeout_seconds > TimeoutSeconds::MAX_RUN {
            return Err(TimeoutSeconds::out_of_range());
        }
        if let Some(notify) = &self.notify {
            notify.check()?;
        }
        let condition = (self.after_condition, self.after_limit_seconds);
        let after = After::new(id, &self.after, condition.0, condition.1)?;
        if after.is_none() && matches!(self.schedule, ScheduleRequest::After(_)) {
            return Err(Invalid::new(
                "schedule",
                "is missing: only a job that runs after others, in `after`, needs none",
            ));
        }
        let timetable = Timetable::from_request(&self, id, now)?;
        let timetable = match place {
            Some(place) => timetable.placed_at(place),
            None => timetable,
        };
        let effective_from = effective_from(&timetable, self.misfire, now)?;
        let timetable = timetable.governing_from(effective_from)?;
        let overlap = self.overlap.unwrap_or(match timetable.schedule {
            // One that is left out would leave a hole in its upstreams' run.
            Schedule::After => Overlap::Allow,
            _ => Overlap::default(),
        });
        Ok(Job {
            change: Change {
                version: 1,
                at: now,
                by: user.clone(),
                action: Action::Create,
                request_id: String::new(),
            },
            id,
            user,
            name: self.name,
            job_type: self.job_type,
            payload: self.payload,
            timetable,
            after,
            state: JobState::Active,
            version: 1,
            effective_from,
            priority: self.priority,
            misfire: Misfire {
                policy: self.misfire.policy.unwrap_or_default(),
                catch_up_window_seconds: self.misfire.catch_up_window_seconds,
            },
            retry: self.retry.policy()?,
            timeout_seconds: self.timeout_seconds,
            overlap,
            concurrency_key: self.concurrency_key,
            max_concurrency: self.max_concurrency,
            rate_per_minute: self.rate_per_minute,
            pause_after_failures: self.pause_after_failures,
            skips: BTreeSet::new(),
            pause: None,
            notify: self.notify,
            request_digest,
            created_at: now,
            updated_at: now,
            canceled_at: None,
        })
    }
}

/// From when a schedule given at `now` governs: from the next second, unless it is a one-time schedule in the past that
/// the user has explicitly asked to be caught up with.
fn effective_from(
    timetable: &Timetable,
    misfire: MisfireRequest,
    now: DateTime<Utc>,
) -> Result<DateTime<Utc>, Invalid> {
    let from = next_second(now);
    let Schedule::Once(_) = timetable.schedule else {
        return Ok(from);
    };
    let (None, Some(past)) = (timetable.next(from), timetable.next(DateTime::UNIX_EPOCH)) else {
        return Ok(from);
    };
    let fires = matches!(
        misfire.policy,
        Some(MisfirePolicy::FireAll | MisfirePolicy::FireLatest)
    );
    if !fires {
        return Err(Invalid::new(
            "schedule.at",
            "lies in the past; to run it at once, say misfire.policy fire_latest",
        ));
    }
    if now - past > misfire.catch_up_window_seconds.duration() {
        return Err(Invalid::new(
            "schedule.at",
            "lies further in the past than misfire.catch_up_window_seconds",
        ));
    }
    Ok(past)
}

/// Checks that `text` is an absolute http or https URL without credentials.
///
/// # Errors
/// [`Invalid`] names `field`.
pub fn http_url(field: &str, text: &str) -> Result<url::Url, Invalid> {
    let url = url::Url::parse(text)
        .map_err(|error| Invalid::new(field, format!("is not a URL: {error}")))?;
    if !matches!(url.scheme(), "http" | "https") {
        return Err(Invalid::new(field, "must be an http or https URL"));
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err(Invalid::new(
            field,
            "must not carry a user name or a password",
        ));
    }
    if text.len() > 2_048 {
        return Err(Invalid::new(field, "must be at most 2048 characters"));
    }
    Ok(url)
}

impl JobRequest {
    /// Checks that what it says about limits is kept by somebody.
    fn check_limits(&self) -> Result<(), Invalid> {
        let given = [
            ("max_concurrency", self.max_concurrency.is_some()),
            ("rate_per_minute", self.rate_per_minute.is_some()),
            ("concurrency_key", self.concurrency_key.is_some()),
        ];
        let mut given = given.into_iter().filter(|(_, is_given)| *is_given);
        match given.next() {
            // An offer takes no slot: it is run by whoever takes it, whenever that is.
            Some((field, _)) if self.job_type == PULL => Err(Invalid::new(
                field,
                "does not apply to jobs of type pull: your workers say how much they take",
            )),
            Some(("concurrency_key", _)) => Err(Invalid::new(
                "concurrency_key",
                "says nothing without max_concurrency or rate_per_minute",
            )),
            _ => Ok(()),
        }
    }

    /// The place in its window that was chosen for `before`, if an edit of it that asks for this leaves it there: it was
    /// chosen for a schedule and a window, and both are to stay.
    pub fn place_kept_of(&self, before: &Job) -> Option<u32> {
        let present = before.timetable.spread?;
        let asked = Timetable::from_request(self, before.id, before.created_at).ok()?;
        let is_kept = present.placed == Placing::Auto
            && asked.schedule == before.timetable.schedule
            && asked.spread?.says_the_same_as(present);
        is_kept.then_some(present.offset_seconds)
    }

    /// The job as it is to be after an edit of `before` that asks for this. An unchanged schedule goes on as it was; a
    /// changed one governs from the next second on, and makes a completed job active again. A place in its window that is
    /// not kept is the one that its id gives.
    ///
    /// # Errors
    /// As [`Self::into_job`].
    pub fn into_edit_of(self, before: &Job, now: DateTime<Utc>) -> Result<Job, Invalid> {
        let place = self.place_kept_of(before);
        self.into_edit_of_at(place, before, now)
    }

    /// As [`Self::into_edit_of`], at the `place` in its window, in seconds, that was kept or chosen for it, if one was.
    ///
    /// # Errors
    /// As [`Self::into_job`].
    pub fn into_edit_of_at(
        self,
        place: Option<u32>,
        before: &Job,
        now: DateTime<Utc>,
    ) -> Result<Job, Invalid> {
        // Asked as of the creation, an `every` that names no anchor keeps the one it was given then.
        let mut unchanged = Timetable::from_request(&self, before.id, before.created_at)?
            .says_the_same_as(&before.timetable);
        // What it runs after is the timetable of a job that has no other: runs from before the change are not its own.
        unchanged &= !before.runs_after_others_only() || self.after == before.upstreams();
        let as_of = if unchanged { before.created_at } else { now };
        let asked = self.into_job_at(place, before.id, before.user.clone(), as_of)?;
        Ok(Job {
            version: before.version,
            state: match before.state {
                JobState::Completed if !unchanged => JobState::Active,
                state => state,
            },
            effective_from: if unchanged {
                before.effective_from
            } else {
                asked.effective_from
            },
            timetable: if unchanged {
                before.timetable.clone()
            } else {
                asked.timetable
            },
            // Of another timetable the skipped times would be others.
            skips: if unchanged {
                before.skips.clone()
            } else {
                BTreeSet::new()
            },
            pause: before.pause.clone(),
            request_digest: before.request_digest.clone(),
            change: before.change.clone(),
            created_at: before.created_at,
            updated_at: now,
            ..asked
        })
    }
}

#[cfg(test)]
mod tests;
