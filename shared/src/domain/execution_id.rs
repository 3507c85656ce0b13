//! An execution's id derives from its job and its fire time, so two attempts to carry out one occurrence collide.

use std::fmt;
use std::str::FromStr;

use chrono::{DateTime, NaiveDateTime, SubsecRound, Utc};
use serde_with::{DeserializeFromStr, SerializeDisplay};
use utoipa::openapi::{ObjectBuilder, RefOr, Schema, Type};
use utoipa::{PartialSchema, ToSchema};

use super::{Invalid, JobId};

/// What an execution is for.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, SerializeDisplay, DeserializeFromStr,
)]
pub enum Occasion {
    /// A fire time of the job's schedule.
    Scheduled(DateTime<Utc>),
    /// A request to run now. The nonce keeps two requests of one millisecond apart.
    Manual {
        /// When it was asked for, to the millisecond.
        requested_at: DateTime<Utc>,
        /// Derived from the idempotency key, or random.
        nonce: u32,
    },
}

const SECONDS: &str = "%Y%m%dT%H%M%SZ";
const MILLISECONDS: &str = "%Y%m%dT%H%M%S%3fZ";

impl Occasion {
    /// A run-now request at `now`.
    pub fn manual(now: DateTime<Utc>, nonce: u32) -> Self {
        Self::Manual {
            requested_at: now.trunc_subsecs(3),
            nonce,
        }
    }

    /// The nominal instant the execution is due.
    pub fn fire_time(self) -> DateTime<Utc> {
        match self {
            Self::Scheduled(fire_time) => fire_time,
            Self::Manual { requested_at, .. } => requested_at,
        }
    }

    /// Whether the schedule asked for it, rather than a person.
    pub fn is_scheduled(self) -> bool {
        matches!(self, Self::Scheduled(_))
    }
}

/// Sorts as time does within a job: it is the sort key of the record.
impl fmt::Display for Occasion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Scheduled(fire_time) => fire_time.format(SECONDS).fmt(f),
            Self::Manual {
                requested_at,
                nonce,
            } => {
                write!(f, "{}_{nonce:08x}", requested_at.format(MILLISECONDS))
            }
        }
    }
}

impl FromStr for Occasion {
    type Err = Invalid;

    fn from_str(text: &str) -> Result<Self, Invalid> {
        let parse = |time: &str, format| {
            NaiveDateTime::parse_from_str(time, format).map(|naive| naive.and_utc())
        };
        let occasion = match text.split_once('_') {
            None => parse(text, SECONDS).ok().map(Self::Scheduled),
            Some((time, nonce)) => parse(time, MILLISECONDS)
                .ok()
                .zip(u32::from_str_radix(nonce, 16).ok())
                .map(|(requested_at, nonce)| Self::Manual {
                    requested_at,
                    nonce,
                }),
        };
        occasion
            // One occasion has one spelling, or one occurrence could have two records.
            .filter(|occasion| occasion.to_string() == text)
            .ok_or_else(|| Invalid::new("id", "is not an execution id"))
    }
}

/// Identifies an execution, and is the idempotency key that its target sees: `<job>_20261121T120000Z`.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, SerializeDisplay, DeserializeFromStr,
)]
pub struct ExecutionId {
    /// The job.
    pub job: JobId,
    /// What the execution is for.
    pub occasion: Occasion,
}

impl PartialSchema for ExecutionId {
    fn schema() -> RefOr<Schema> {
        const UUID: &str = "[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}";
        ObjectBuilder::new()
            .schema_type(Type::String)
            .pattern(Some(format!(
                "^{UUID}_[0-9]{{8}}T[0-9]{{6}}([0-9]{{3}})?Z(_[0-9a-f]{{8}})?$"
            )))
            .description(Some(
                "Its job's id and the instant it is for. Its target sees it as Idempotency-Key.",
            ))
            .examples([format!(
                "{}_20261121T120000Z",
                "0b7e9d3c-5f1a-4e0b-9c53-8a2f6d1e4b70"
            )])
            .into()
    }
}

impl ToSchema for ExecutionId {}

impl ExecutionId {
    /// The execution of `job` that its schedule owes at `fire_time`.
    pub fn scheduled(job: JobId, fire_time: DateTime<Utc>) -> Self {
        Self {
            job,
            occasion: Occasion::Scheduled(fire_time),
        }
    }
}

impl fmt::Display for ExecutionId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}_{}", self.job, self.occasion)
    }
}

impl FromStr for ExecutionId {
    type Err = Invalid;

    fn from_str(text: &str) -> Result<Self, Invalid> {
        let (job, occasion) = text
            .split_once('_')
            .ok_or_else(|| Invalid::new("id", "is not an execution id"))?;
        Ok(Self {
            job: job.parse()?,
            occasion: occasion.parse()?,
        })
    }
}

#[cfg(test)]
mod tests {
    use chrono::TimeZone;

    use super::*;

    fn job() -> JobId {
        JobId::from_random(7)
    }

    #[test]
    fn an_execution_id_survives_its_text_form() {
        let noon = Utc.with_ymd_and_hms(2026, 11, 21, 12, 0, 0).unwrap();
        for occasion in [
            Occasion::Scheduled(noon),
            Occasion::manual(noon + chrono::TimeDelta::milliseconds(73), 0xab),
        ] {
            let id = ExecutionId {
                job: job(),
                occasion,
            };
            assert_eq!(id.to_string().parse(), Ok(id));
        }
    }

    #[test]
    fn a_second_spelling_of_an_occasion_is_refused() {
        for text in [
            "20261121T120000",
            "2026-11-21T12:00:00Z",
            "20261121T120000073Z_AB",
            "20261121T120000073Z_+00000ab",
            "20261121T1200000730Z_000000ab",
            "",
            "_",
        ] {
            assert!(text.parse::<Occasion>().is_err(), "{text}");
        }
    }

    #[test]
    fn occasions_sort_by_text_as_by_time() {
        let noon = Utc.with_ymd_and_hms(2026, 11, 21, 12, 0, 0).unwrap();
        let later = noon + chrono::TimeDelta::milliseconds(1500);
        let mut texts = [
            Occasion::Scheduled(noon + chrono::TimeDelta::seconds(2)).to_string(),
            Occasion::manual(later, 1).to_string(),
            Occasion::Scheduled(noon).to_string(),
        ];
        texts.sort();
        assert!(texts[0].starts_with("20261121T120000Z"));
        assert!(texts[1].starts_with("20261121T120001500Z"));
    }
}
