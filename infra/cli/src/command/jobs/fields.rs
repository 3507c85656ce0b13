//! The fields of a job as options. Only what is given is said: every default is the API's. Nothing is judged here but the
//! form of times: the API refuses what it cannot accept, and names the field.

use chrono::{DateTime, NaiveDateTime, Utc};
use clap::{ArgGroup, Args};
use serde_json::{Map, Value, json};

use super::set::payload;
use crate::Failure;
use crate::session::Session;
use crate::when;

/// When a job fires.
#[derive(Args, Debug, Default)]
#[command(group = ArgGroup::new("rhythm").args(["cron", "every", "at", "rrule"]).multiple(false))]
pub struct When {
    /// By a cron expression, of five fields or six with seconds: "0 9 * * MON-FRI"
    #[arg(long, value_name = "EXPRESSION", help_heading = "When")]
    cron: Option<String>,
    /// Every so often: 90s, 15m, 6h, 1d
    #[arg(long, value_name = "DURATION", value_parser = when::seconds, help_heading = "When")]
    every: Option<u64>,
    /// Once: 2026-12-24T18:00:00Z, or a wall time "2026-12-24 18:00" in --timezone
    #[arg(long, value_name = "TIME", help_heading = "When")]
    at: Option<String>,
    /// By a recurrence rule of a calendar: "FREQ=MONTHLY;BYDAY=-1FR;BYHOUR=17"
    #[arg(long, value_name = "RULE", help_heading = "When")]
    rrule: Option<String>,
    /// The zone of --cron, --at and --rrule: Europe/Berlin; UTC if absent
    #[arg(long, value_name = "ZONE", help_heading = "When")]
    timezone: Option<String>,
}

/// Which of its times fire, and where.
#[derive(Args, Debug, Default)]
pub struct Spacing {
    /// The window into which fire times are moved: 900, 15m
    #[arg(long, value_name = "DURATION", value_parser = when::seconds, help_heading = "When")]
    spread: Option<u64>,
    /// Place the job at the quietest second of that window
    #[arg(long, help_heading = "When")]
    spread_auto: bool,
    /// No fire time lies before this
    #[arg(long, value_name = "TIME", help_heading = "When")]
    starts_at: Option<String>,
    /// No fire time lies after this
    #[arg(long, value_name = "TIME", help_heading = "When")]
    ends_at: Option<String>,
    /// How many fire times there are
    #[arg(long, value_name = "N", help_heading = "When")]
    max_runs: Option<u32>,
    /// A calendar in which nothing fires; may be given again
    #[arg(long = "exclude-calendar", value_name = "NAME", help_heading = "When")]
    exclude_calendars: Vec<String>,
}

/// What a job is, beside when it fires.
#[derive(Args, Debug, Default)]
pub struct Fields {
    /// What it is called
    #[arg(long, value_name = "TEXT", help_heading = "What")]
    name: Option<String>,
    /// What it does: http, sqs, pull, echo, ...
    #[arg(long = "type", value_name = "TYPE", help_heading = "What")]
    job_type: Option<String>,
    /// With what: JSON, @FILE, or - for the standard input
    #[arg(long, value_name = "JSON", help_heading = "What")]
    payload: Option<String>,
    /// 1, the most urgent, to 10
    #[arg(long, value_name = "N", help_heading = "How")]
    priority: Option<u32>,
    /// How long an attempt may take: 30, 10m
    #[arg(long, value_name = "DURATION", value_parser = when::seconds, help_heading = "How")]
    timeout: Option<u64>,
    /// How often a failed attempt is followed by another
    #[arg(long, value_name = "N", help_heading = "How")]
    retries: Option<u32>,
    /// After how long the first of them: 60, 5m
    #[arg(long, value_name = "DURATION", value_parser = when::seconds, help_heading = "How")]
    backoff: Option<u64>,
    /// allow, skip or queue: while an earlier execution still runs
    #[arg(long, value_name = "POLICY", help_heading = "How")]
    overlap: Option<String>,
    /// `fire_all`, `fire_latest` or skip: what came too late
    #[arg(long, value_name = "POLICY", help_heading = "How")]
    misfire: Option<String>,
    /// Run after each run of this job; may be given again
    #[arg(long, value_name = "JOB_ID", help_heading = "When")]
    after: Vec<String>,
    /// A name of yours that jobs share the next two limits by
    #[arg(long, value_name = "NAME", help_heading = "How")]
    concurrency_key: Option<String>,
    /// How many executions may run at once
    #[arg(long, value_name = "N", help_heading = "How")]
    max_concurrency: Option<u32>,
    /// How many may start in a minute
    #[arg(long, value_name = "N", help_heading = "How")]
    rate_per_minute: Option<u32>,
    /// Pause after so many executions in a row that ended badly
    #[arg(long, value_name = "N", help_heading = "How")]
    pause_after_failures: Option<u32>,
}

impl When {
    /// The schedule that is asked for, if one is. A zone alone changes the zone of the schedule that is there.
    ///
    /// # Errors
    /// If a time is none.
    pub fn schedule(&self, session: &Session) -> Result<Option<Value>, Failure> {
        self.schedule_by(|text| instant(text, session))
    }

    fn schedule_by(
        &self,
        instant: impl Fn(&str) -> Result<String, Failure>,
    ) -> Result<Option<Value>, Failure> {
        let zone = self.timezone.as_ref();
        let mut schedule = if let Some(expression) = &self.cron {
            json!({ "kind": "cron", "expression": expression })
        } else if let Some(seconds) = self.every {
            if zone.is_some() {
                let reason = "--every counts seconds, whatever the zone: leave --timezone out";
                return Err(Failure::Usage(reason.to_owned()));
            }
            return Ok(Some(json!({ "kind": "every", "seconds": seconds })));
        } else if let Some(rule) = &self.rrule {
            json!({ "kind": "rrule", "rule": rule })
        } else if let Some(at) = &self.at {
            match (wall_time(at), zone) {
                (Some(wall), Some(_)) => json!({ "kind": "once", "local": wall }),
                _ => json!({ "kind": "once", "at": instant(at)? }),
            }
        } else if zone.is_some() {
            json!({})
        } else {
            return Ok(None);
        };
        if let Some(zone) = zone {
            schedule["timezone"] = json!(zone);
        }
        Ok(Some(schedule))
    }
}

/// A date and a time without a zone, as the API takes it.
fn wall_time(text: &str) -> Option<String> {
    let forms = [
        "%Y-%m-%d %H:%M:%S",
        "%Y-%m-%d %H:%M",
        "%Y-%m-%dT%H:%M:%S",
        "%Y-%m-%dT%H:%M",
    ];
    let mut read = forms
        .into_iter()
        .map(|form| NaiveDateTime::parse_from_str(text.trim(), form));
    let wall = read.find_map(Result::ok)?;
    Some(wall.format("%Y-%m-%dT%H:%M:%S").to_string())
}

/// An instant as a person says it, to the second.
pub fn instant(text: &str, session: &Session) -> Result<String, Failure> {
    let at: DateTime<Utc> =
        when::instant(text, session.now(), session.zone).map_err(Failure::Usage)?;
    Ok(at.to_rfc3339_opts(chrono::SecondsFormat::Secs, true))
}

impl Spacing {
    /// Adds what is given to a request.
    ///
    /// # Errors
    /// If a time is none.
    pub fn add_to(
        &self,
        request: &mut Map<String, Value>,
        session: &Session,
    ) -> Result<(), Failure> {
        let mut put = |name: &str, value: Option<Value>| {
            request.extend(value.map(|value| (name.to_owned(), value)));
        };
        let at = |text: &Option<String>| {
            text.as_deref()
                .map(|text| instant(text, session))
                .transpose()
        };
        put("spread_seconds", self.spread.map(Value::from));
        put("spread", self.spread_auto.then(|| "auto".into()));
        put("starts_at", at(&self.starts_at)?.map(Value::from));
        put("ends_at", at(&self.ends_at)?.map(Value::from));
        put("max_runs", self.max_runs.map(Value::from));
        put("exclude_calendars", several(&self.exclude_calendars));
        Ok(())
    }
}

impl Fields {
    /// Adds what is given to a request.
    ///
    /// # Errors
    /// If the payload is no JSON.
    pub fn add_to(&self, request: &mut Map<String, Value>) -> Result<(), Failure> {
        let mut put = |name: &str, value: Option<Value>| {
            request.extend(value.map(|value| (name.to_owned(), value)));
        };
        let text = |text: &Option<String>| text.as_deref().map(Value::from);
        put("name", text(&self.name));
        put("job_type", text(&self.job_type));
        put("payload", self.payload.as_deref().map(payload).transpose()?);
        put("priority", self.priority.map(Value::from));
        put("timeout_seconds", self.timeout.map(Value::from));
        let mut retry = Map::new();
        retry.extend(
            self.retries
                .map(|count| ("max_retries".to_owned(), count.into())),
        );
        retry.extend(
            self.backoff
                .map(|seconds| ("backoff_seconds".to_owned(), seconds.into())),
        );
        put("retry", (!retry.is_empty()).then_some(Value::Object(retry)));
        put("overlap", text(&self.overlap));
        put(
            "misfire",
            self.misfire
                .as_ref()
                .map(|policy| json!({ "policy": policy })),
        );
        put("after", several(&self.after));
        put("concurrency_key", text(&self.concurrency_key));
        put("max_concurrency", self.max_concurrency.map(Value::from));
        put("rate_per_minute", self.rate_per_minute.map(Value::from));
        put(
            "pause_after_failures",
            self.pause_after_failures.map(Value::from),
        );
        Ok(())
    }
}

fn several(names: &[String]) -> Option<Value> {
    (!names.is_empty()).then(|| json!(names))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn schedule(when: &When) -> Value {
        let instant = |text: &str| Ok(format!("instant of {text}"));
        when.schedule_by(instant).unwrap().unwrap_or_default()
    }

    #[test]
    fn every_rhythm_becomes_the_schedule_that_the_api_knows() {
        let cron = When {
            cron: Some("0 9 * * *".to_owned()),
            timezone: Some("Europe/Berlin".to_owned()),
            ..When::default()
        };
        let expected =
            json!({ "kind": "cron", "expression": "0 9 * * *", "timezone": "Europe/Berlin" });
        assert_eq!(schedule(&cron), expected);
        let every = When {
            every: Some(300),
            ..When::default()
        };
        assert_eq!(schedule(&every), json!({ "kind": "every", "seconds": 300 }));
        let wall = When {
            at: Some("2026-12-24 18:00".to_owned()),
            timezone: Some("Europe/Berlin".to_owned()),
            ..When::default()
        };
        let expected =
            json!({ "kind": "once", "local": "2026-12-24T18:00:00", "timezone": "Europe/Berlin" });
        assert_eq!(schedule(&wall), expected);
        let local = When {
            at: Some("12:00".to_owned()),
            ..When::default()
        };
        assert_eq!(
            schedule(&local),
            json!({ "kind": "once", "at": "instant of 12:00" })
        );
        let zone = When {
            timezone: Some("UTC".to_owned()),
            ..When::default()
        };
        assert_eq!(schedule(&zone), json!({ "timezone": "UTC" }));
        assert_eq!(schedule(&When::default()), Value::Null);
    }

    #[test]
    fn only_what_is_given_is_said() {
        let mut request = Map::new();
        Fields::default().add_to(&mut request).unwrap();
        assert!(request.is_empty());
        let fields = Fields {
            name: Some("n".to_owned()),
            retries: Some(0),
            misfire: Some("skip".to_owned()),
            ..Fields::default()
        };
        fields.add_to(&mut request).unwrap();
        assert_eq!(
            Value::Object(request),
            json!({ "name": "n", "retry": { "max_retries": 0 }, "misfire": { "policy": "skip" } })
        );
    }
}
