//! Calendars as users say them. Unknown fields are refused: a misspelt one must not silently exclude nothing.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa::openapi::schema::ArrayBuilder;
use utoipa::openapi::{Array, ObjectBuilder, SchemaFormat, Type};

/// What a calendar excludes. Everything in it adds up.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
#[schema(examples(json!({
    "timezone": "Europe/Berlin",
    "dates": ["2026-12-25"],
    "ranges": [{ "from": "2026-12-31T18:00:00", "until": "2027-01-02T06:00:00" }],
    "weekly": [{ "days": ["SAT", "SUN"] }]
})))]
pub struct CalendarRequest {
    /// An IANA time zone, for whatever does not name its own; UTC if absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(format = "iana-time-zone", example = "Europe/Berlin")]
    pub timezone: Option<String>,
    /// Whole days: `2026-12-25`.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schema(schema_with = dates)]
    pub dates: Vec<String>,
    /// Stretches of time.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub ranges: Vec<RangeRequest>,
    /// Hours that come back every week.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub weekly: Vec<WeeklyRequest>,
    /// The text of an iCalendar file (RFC 5545) of at most 256 KB: its events are excluded.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(min_length = 1)]
    pub ical: Option<String>,
}

/// Two dates, both excluded, or two local times, of which the second is not.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RangeRequest {
    /// `2026-12-24` or `2026-12-24T18:00:00`.
    #[schema(format = "date-or-local-date-time")]
    pub from: String,
    /// `2027-01-02`, to the end of that day, or `2027-01-02T06:00:00`, up to that second.
    #[schema(format = "date-or-local-date-time")]
    pub until: String,
}

/// A window on days of the week.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct WeeklyRequest {
    /// The days on which it begins: `MON` to `SUN`.
    #[schema(schema_with = days)]
    pub days: Vec<String>,
    /// `00:00` to `23:59`; midnight, if absent.
    #[serde(default = "midnight")]
    #[schema(format = "time-of-day", default = midnight)]
    pub from: String,
    /// `00:01` to `24:00`; the end of the day, if absent. Not later than `from`, it means the next day.
    #[serde(default = "end_of_day")]
    #[schema(format = "time-of-day", default = end_of_day)]
    pub until: String,
}

fn midnight() -> String {
    "00:00".to_owned()
}

fn end_of_day() -> String {
    "24:00".to_owned()
}

/// A list of texts in `format`, for the API's document.
fn texts(format: &str) -> ArrayBuilder {
    let text = ObjectBuilder::new()
        .schema_type(Type::String)
        .format(Some(SchemaFormat::Custom(format.to_owned())));
    ArrayBuilder::new().items(text)
}

fn dates() -> Array {
    texts("date").build()
}

fn days() -> Array {
    texts("day-of-week")
        .min_items(Some(1))
        .max_items(Some(7))
        .build()
}
