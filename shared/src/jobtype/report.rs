//! `report`: sums up what became of its owner's executions on the day before it was due, and sends that by mail, if
//! anybody is to have it. The digest is its output in any case.

use chrono::{DateTime, NaiveTime, TimeDelta, Utc};
use chrono_tz::Tz;
use serde::Deserialize;
use serde_json::json;
use utoipa::ToSchema;

use super::email::{addresses, check_recipients};
use super::{Attempt, JobType};
use crate::domain::{Body, Digest, Invalid, Output};
use crate::plan::Ended;
use crate::port::{Chores, Letter, Mail};

pub(super) struct Report<C, M> {
    pub(super) chores: C,
    pub(super) mail: M,
}

/// Which day, and who is to have it.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Payload {
    /// Who gets it by mail. Nobody, if absent.
    #[serde(default)]
    #[schema(schema_with = addresses)]
    to: Vec<String>,
    /// Whose yesterday: an IANA zone. UTC, if absent.
    #[serde(default = "utc")]
    #[schema(default = utc, format = "iana-time-zone")]
    timezone: String,
}

fn utc() -> String {
    "UTC".to_owned()
}

impl<C: Chores, M: Mail> JobType for Report<C, M> {
    const NAME: &'static str = "report";
    type Payload = Payload;

    fn check(payload: &Payload) -> Result<(), Invalid> {
        if !payload.to.is_empty() {
            check_recipients(&payload.to)?;
        }
        match payload.timezone.parse::<Tz>() {
            Ok(_) => Ok(()),
            Err(_) => Err(Invalid::new(
                "payload.timezone",
                "is not a time zone of the IANA database",
            )),
        }
    }

    async fn run(&self, attempt: &Attempt, payload: Payload) -> Ended {
        let zone = payload.timezone.parse().unwrap_or(Tz::UTC);
        let (from, until) = day_before(attempt.fire_time, zone);
        let digest = match self.chores.digest(&attempt.user, from, until).await {
            Ok(digest) => digest,
            Err(error) => return error.into(),
        };
        // At a glance how many ended how; the digest itself may be long.
        let output = Output {
            summary: json!({ "from": from, "until": until, "outcomes": digest.outcomes }),
            body: Some(Body {
                bytes: json!(digest).to_string().into_bytes(),
                content_type: "application/json".to_owned(),
                cut: false,
            }),
        };
        let succeeded = Ended::Succeeded {
            output: Some(output),
        };
        if payload.to.is_empty() {
            return succeeded;
        }
        let day = from.with_timezone(&zone).date_naive();
        let letter = Letter {
            key: attempt.execution.to_string(),
            to: payload.to,
            subject: format!("Your jobs on {day}"),
            text: text(&digest),
            html: None,
        };
        match self.mail.send(&letter).await {
            Ok(_) => succeeded,
            Err(undelivered) => undelivered.into(),
        }
    }
}

/// The day in `zone` before the one in which `fire_time` lies. It follows from the fire time alone, so every attempt
/// reports the same day.
fn day_before(fire_time: DateTime<Utc>, zone: Tz) -> (DateTime<Utc>, DateTime<Utc>) {
    let today = fire_time.with_timezone(&zone).date_naive();
    let yesterday = today.pred_opt().unwrap_or(today);
    (start_of(yesterday, zone), start_of(today, zone))
}

/// A day's first instant. Where the clock skips midnight, that is the first one after it.
fn start_of(day: chrono::NaiveDate, zone: Tz) -> DateTime<Utc> {
    let midnight = day.and_time(NaiveTime::MIN);
    (0..=96)
        .map(|quarters| midnight + TimeDelta::minutes(15 * quarters))
        .find_map(|local| local.and_local_timezone(zone).earliest())
        .map_or_else(|| midnight.and_utc(), |start| start.to_utc())
}

/// The digest, for people.
fn text(digest: &Digest) -> String {
    let mut lines = Vec::new();
    if digest.outcomes.is_empty() {
        lines.push("Nothing was due.".to_owned());
    }
    let counts = |outcomes: &std::collections::BTreeMap<&str, u32>| {
        let counts = outcomes
            .iter()
            .map(|(outcome, count)| format!("{count} {outcome}"));
        counts.collect::<Vec<_>>().join(", ")
    };
    if !digest.outcomes.is_empty() {
        lines.push(format!("In all: {}", counts(&digest.outcomes)));
        lines.push(String::new());
    }
    for job in &digest.jobs {
        lines.push(format!("{}: {}", job.name, counts(&job.outcomes)));
    }
    if !digest.failures.is_empty() {
        lines.push("\nWhat ended badly:".to_owned());
    }
    for failure in &digest.failures {
        let detail = failure.detail.as_deref().unwrap_or("no detail");
        let at = failure.fire_time.format("%H:%M:%S");
        lines.push(format!("  {at} UTC  {}: {detail}", failure.job));
    }
    for (title, entries) in [
        ("Slowest:", &digest.slowest),
        ("Latest to start:", &digest.latest),
    ] {
        if !entries.is_empty() {
            lines.push(format!("\n{title}"));
        }
        for entry in entries {
            let seconds = entry.ms / 1_000;
            let thousandths = entry.ms % 1_000;
            lines.push(format!("  {}: {seconds}.{thousandths:03} s", entry.job));
        }
    }
    if digest.cut {
        lines.push("\nThere was more than a report looks at.".to_owned());
    }
    lines.join("\n") + "\n"
}

#[cfg(test)]
mod tests {
    use super::*;

    fn utc(text: &str) -> DateTime<Utc> {
        text.parse().unwrap()
    }

    #[test]
    fn yesterday_is_the_zones_own_day_however_long() {
        for (fire_time, zone, from, until) in [
            (
                "2026-11-21T07:00:00Z",
                Tz::UTC,
                "2026-11-20T00:00:00Z",
                "2026-11-21T00:00:00Z",
            ),
            (
                "2026-11-21T07:00:00Z",
                Tz::Europe__Berlin,
                "2026-11-19T23:00:00Z",
                "2026-11-20T23:00:00Z",
            ),
            // The clock goes back: 25 hours.
            (
                "2026-10-26T07:00:00Z",
                Tz::Europe__Berlin,
                "2026-10-24T22:00:00Z",
                "2026-10-25T23:00:00Z",
            ),
            // Midnight is skipped.
            (
                "2026-09-07T12:00:00Z",
                Tz::America__Santiago,
                "2026-09-06T04:00:00Z",
                "2026-09-07T03:00:00Z",
            ),
        ] {
            let day = day_before(utc(fire_time), zone);
            assert_eq!(day, (utc(from), utc(until)), "{fire_time} {zone}");
        }
    }

    #[test]
    fn a_day_without_runs_is_reported_as_such() {
        assert_eq!(text(&Digest::default()), "Nothing was due.\n");
    }
}
