//! Schedules as users say them. Unknown fields are refused: a misspelt one must not silently mean its default.

use chrono::{DateTime, NaiveDateTime, Utc};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// A schedule as a user says it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum ScheduleRequest {
    /// Once.
    Once(OnceRequest),
    /// By a cron expression.
    Cron(CronRequest),
    /// By a recurrence rule (RFC 5545).
    Rrule(RruleRequest),
    /// Every so many seconds.
    Every(EveryRequest),
    /// When the jobs that it waits for have run.
    After(AfterRequest),
}

/// What a job says by saying no schedule.
impl Default for ScheduleRequest {
    fn default() -> Self {
        Self::After(AfterRequest {})
    }
}

/// No times of its own: a job that runs after others says which in `after`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AfterRequest {}

/// `at`, or `local` with `timezone`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct OnceRequest {
    /// The instant, with its offset from UTC.
    #[serde(
        default,
        with = "instant_text",
        skip_serializing_if = "Option::is_none"
    )]
    pub at: Option<DateTime<Utc>>,
    /// The time on a wall clock in `timezone`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = "local-date-time", example = "2027-03-28T02:30:00")]
    pub local: Option<NaiveDateTime>,
    /// An IANA time zone. With `at`, the zone to show it in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(format = "iana-time-zone", example = "Europe/Berlin")]
    pub timezone: Option<String>,
}

/// A cron expression and the zone whose wall clock it is read on.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CronRequest {
    /// Five fields, six with seconds first, or `@hourly` and the like.
    #[schema(format = "cron", example = "0 9 * * MON-FRI")]
    pub expression: String,
    /// An IANA time zone; UTC if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(format = "iana-time-zone", example = "Europe/Berlin")]
    pub timezone: Option<String>,
    /// The expression with each `H` replaced by its value. Shown in answers; in a request it is not looked at.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub resolved: Option<String>,
}

/// A recurrence rule, where it starts, and the zone whose wall clock it is read on.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RruleRequest {
    /// As in a calendar file: `FREQ=MONTHLY;BYDAY=-1FR`.
    #[schema(format = "rrule", example = "FREQ=MONTHLY;BYDAY=-1FR")]
    pub rule: String,
    /// What the standard calls DTSTART: nothing fires before it, intervals count from it, and it says the time of day and
    /// the day that the rule leaves open. The second of the request, if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = "local-date-time", example = "2027-01-29T09:00:00")]
    pub starts_at_local: Option<NaiveDateTime>,
    /// An IANA time zone; UTC if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(format = "iana-time-zone", example = "Europe/Berlin")]
    pub timezone: Option<String>,
}

/// A period and where it is anchored.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct EveryRequest {
    /// The period: 10 to 31,536,000.
    #[schema(minimum = 10, maximum = 31_536_000, example = 3_600)]
    pub seconds: i64,
    /// The first fire time; the second of the request, if absent.
    #[serde(
        default,
        with = "instant_text",
        skip_serializing_if = "Option::is_none"
    )]
    pub anchor_at: Option<DateTime<Utc>>,
}

/// Writes instants with a `Z` and no more digits than they need; reads RFC 3339.
pub mod instant_text {
    use chrono::{DateTime, SecondsFormat, Utc};
    use serde::{Deserialize, Deserializer, Serializer};

    #[expect(clippy::ref_option, reason = "serde hands over the field by reference")]
    pub fn serialize<S: Serializer>(
        instant: &Option<DateTime<Utc>>,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        match instant {
            Some(instant) => {
                serializer.serialize_str(&instant.to_rfc3339_opts(SecondsFormat::AutoSi, true))
            }
            None => serializer.serialize_none(),
        }
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Option<DateTime<Utc>>, D::Error> {
        Option::deserialize(deserializer)
    }
}
