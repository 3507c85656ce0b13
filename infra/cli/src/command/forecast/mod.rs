//! `punctual forecast`: how much will start, and when. The figures are the API's; here they become a map, bars and
//! tables.

mod what_if;

use std::fmt::Write;

use chrono::{DateTime, Utc};
use clap::{Args, Subcommand};
use serde::Deserialize;
use serde_json::Value;

use crate::Failure;
use crate::api::Call;
use crate::session::Session;
use crate::show::{Cell, HeatMap, Table, Tone, bars, optional_instants, printable};
use crate::{api, when};

/// What to look at.
#[derive(Args, Debug)]
#[command(args_conflicts_with_subcommands = true)]
pub struct Options {
    #[command(subcommand)]
    command: Option<Command>,
    /// How far: hour, day or month (30 days)
    #[arg(long, default_value = "day")]
    window: String,
    /// Show the seconds of this minute instead
    #[arg(long, value_name = "TIME", conflicts_with = "window")]
    minute: Option<String>,
    /// What to group by: user, `job_type` or target
    #[arg(long, value_name = "WHAT")]
    by: Option<String>,
    #[command(flatten)]
    scope: Scope,
    /// Draw with plain letters
    #[arg(long)]
    ascii: bool,
}

/// More than looking.
#[derive(Subcommand, Debug)]
enum Command {
    /// What a change would do to lateness and cost
    WhatIf(what_if::Options),
}

/// Whose starts count.
#[derive(Args, Debug)]
pub struct Scope {
    /// Only this user's, for operators
    #[arg(long)]
    user: Option<String>,
    /// Only jobs of this type
    #[arg(long = "type", value_name = "TYPE")]
    job_type: Option<String>,
    /// Only jobs that call this host
    #[arg(long, value_name = "HOST")]
    target: Option<String>,
}

impl Scope {
    fn fields(&self) -> [(&'static str, Option<&String>); 3] {
        [
            ("user", self.user.as_ref()),
            ("job_type", self.job_type.as_ref()),
            ("target", self.target.as_ref()),
        ]
    }

    fn add_to<'a>(&self, call: Call<'a>) -> Call<'a> {
        let fields = self.fields().into_iter();
        fields.fold(call, |call, (name, value)| call.maybe(name, value))
    }
}

#[derive(Deserialize)]
struct Forecast {
    from: DateTime<Utc>,
    until: DateTime<Utc>,
    minutes: Vec<u64>,
    total: u64,
    peaks: Vec<Peak>,
    groups: Vec<Group>,
    #[serde(flatten)]
    doubt: Doubt,
}

/// What keeps the figures from being exact.
#[derive(Deserialize)]
struct Doubt {
    #[serde(default)]
    is_estimate: bool,
    #[serde(default)]
    sampled_one_of: Option<u64>,
    #[serde(default)]
    calendars: Option<u64>,
    #[serde(default)]
    left_out: Value,
    #[serde(default)]
    agenda: Value,
}

#[derive(Deserialize)]
struct Peak {
    at: DateTime<Utc>,
    words: String,
}

#[derive(Deserialize)]
struct Group {
    key: Option<String>,
    starts: u64,
    #[serde(default)]
    peak_at: Option<DateTime<Utc>>,
    #[serde(default)]
    peak_starts: Option<u64>,
}

#[derive(Deserialize)]
struct OneMinute {
    minute: DateTime<Utc>,
    total: u64,
    seconds: Vec<Second>,
    #[serde(flatten)]
    doubt: Doubt,
}

#[derive(Deserialize)]
struct Second {
    starts: u64,
    #[serde(default)]
    groups: Vec<Group>,
}

/// Shows a forecast.
///
/// # Errors
/// If the API makes none.
pub async fn carry_out(session: &Session, options: &Options) -> Result<(), Failure> {
    match (&options.command, &options.minute) {
        (Some(Command::WhatIf(change)), _) => what_if::carry_out(session, change).await,
        (None, Some(minute)) => one_minute(session, options, minute).await,
        (None, None) => window(session, options).await,
    }
}

async fn window(session: &Session, options: &Options) -> Result<(), Failure> {
    let call = session
        .api
        .get(&["forecast"])
        .query("window", &options.window);
    let call = options
        .scope
        .add_to(call)
        .maybe("by", options.by.as_deref());
    let answer = call.send().await?;
    session.show(&answer.body, || {
        let forecast: Forecast = answer.read()?;
        Ok(shown(session, &forecast, options.ascii))
    })
}

fn shown(session: &Session, forecast: &Forecast, ascii: bool) -> String {
    let terminal = &session.terminal;
    let map = HeatMap {
        from: forecast.from,
        minutes: &forecast.minutes,
        zone: session.zone,
        is_plain: ascii,
    };
    let until = session.zone.local(forecast.until).format("%a %d %b %H:%M");
    let mut text = format!(
        "{} starts until {until}, by the local clock\n\n",
        forecast.total
    );
    text += &map.shown(terminal);
    if !forecast.peaks.is_empty() {
        text += &terminal.paint(Tone::Heading, "\nPEAKS\n");
    }
    for peak in &forecast.peaks {
        let local = session.zone.local(peak.at).format("%a %d %b %H:%M:%S");
        let _ = writeln!(text, "{local}  {}", printable(&peak.words));
    }
    let columns = ["\nGROUP", "STARTS", "PEAK", "AT (UTC)", "AT (LOCAL)"];
    let mut table = Table::new(&columns, "");
    for group in &forecast.groups {
        let [utc, local] = optional_instants(group.peak_at, session.zone);
        let peak = group
            .peak_starts
            .map_or_else(|| "-".to_owned(), |starts| starts.to_string());
        table.row(vec![
            name(group),
            group.starts.to_string().into(),
            peak.into(),
            utc,
            local,
        ]);
    }
    text + &table.shown(terminal) + &forecast.doubt.words()
}

fn name(group: &Group) -> Cell {
    match &group.key {
        Some(key) => key.into(),
        None => Cell::new("(the rest)").toned(Tone::Faint),
    }
}

async fn one_minute(session: &Session, options: &Options, said: &str) -> Result<(), Failure> {
    let at = when::instant(said, session.now(), session.zone).map_err(Failure::Usage)?;
    let whole = at.timestamp().div_euclid(60) * 60;
    let minute = DateTime::from_timestamp(whole, 0).unwrap_or(at);
    let call = session
        .api
        .get(&["forecast", "minutes", &api::instant(minute)]);
    let call = options
        .scope
        .add_to(call)
        .maybe("by", options.by.as_deref());
    let answer = call.send().await?;
    session.show(&answer.body, || {
        let found: OneMinute = answer.read()?;
        let seconds: Vec<_> = found
            .seconds
            .iter()
            .enumerate()
            .map(|(second, of)| (label(second, of), of.starts))
            .collect();
        let width = session.terminal.width.unwrap_or(100);
        let head = format!(
            "{} starts in the minute of {}\n\n",
            found.total,
            api::instant(found.minute)
        );
        Ok(head + &bars(&seconds, width, options.ascii) + &found.doubt.words())
    })
}

fn label(second: usize, of: &Second) -> String {
    let greatest = of.groups.iter().max_by_key(|group| group.starts);
    let greatest = greatest.and_then(|group| group.key.as_deref());
    match greatest {
        Some(key) => printable(&format!(":{second:02} {key}")),
        None => format!(":{second:02}"),
    }
}

impl Doubt {
    /// What has to be said beside the figures.
    fn words(&self) -> String {
        let count = |of: &Value, name: &str| of.get(name).and_then(Value::as_u64).unwrap_or(0);
        let mut words = Vec::new();
        if self.is_estimate {
            let one_of = self.sampled_one_of.unwrap_or(1);
            words.push(format!(
                "An estimate: one job of {one_of} was counted, and counted {one_of} times."
            ));
        }
        let after_others = count(&self.left_out, "after_others");
        if after_others > 0 {
            words.push(format!(
                "Not counted: {after_others} jobs that start when others have ended."
            ));
        }
        let calendars = self.calendars.unwrap_or(0);
        if calendars > 0 {
            words.push(format!(
                "{calendars} jobs name calendars; what those exclude is counted all the same."
            ));
        }
        if self.agenda.get("is_whole").and_then(Value::as_bool) == Some(false) {
            words.push("Not every job has been read yet: there will be more.".to_owned());
        }
        let changes = count(&self.agenda, "changes_left_out");
        if changes > 0 {
            words.push(format!("Left out: {changes} changes of the last hour."));
        }
        let lines = words.into_iter().map(|line| format!("\n{line}"));
        lines.collect()
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::confirm::Consent;
    use crate::show::Terminal;
    use crate::when::Zone;

    fn session() -> Session {
        Session {
            api: api::Api::new("http://127.0.0.1:1".parse().unwrap(), None).unwrap(),
            terminal: Terminal {
                width: None,
                colours: false,
            },
            json: false,
            consent: Consent::Nobody,
            zone: Zone::UTC,
            clock: || DateTime::UNIX_EPOCH,
        }
    }

    #[test]
    fn a_forecast_is_a_map_its_peaks_its_groups_and_its_doubts() {
        let mut minutes = vec![0; 60];
        minutes[3] = 5_012;
        let forecast = json!({
            "from": "2026-11-29T11:57:00Z", "until": "2026-11-29T12:57:00Z", "minutes": minutes, "total": 5_012,
            "peaks": [{ "at": "2026-11-29T12:00:00Z", "starts": 5_012,
                "words": "12:00:00 UTC: 5,012 starts, 84 % hourly", "by_cadence": [] }],
            "groups": [{ "key": "http", "starts": 5_000, "peak_at": "2026-11-29T12:00:00Z", "peak_starts": 5_000 },
                { "key": null, "starts": 12, "peak_at": null, "peak_starts": null }],
            "is_estimate": true, "sampled_one_of": 4, "left_out": { "after_others": 3 }, "calendars": 0,
            "agenda": { "is_whole": true, "changes_left_out": 0 },
        });
        let forecast = api::read(&forecast).unwrap();
        let shown = shown(&session(), &forecast, true);
        for expected in [
            "5012 starts until Sun 29 Nov 12:57",
            "Sun 29 11:57  ...@......  5012\n",
            "Sun 29 Nov 12:00:00  12:00:00 UTC: 5,012 starts, 84 % hourly\n",
            "http        5000    5000  2026-11-29 12:00:00Z",
            "(the rest)  12      -     -",
            "one job of 4",
            "3 jobs that start when others",
        ] {
            assert!(shown.contains(expected), "{expected} in\n{shown}");
        }
        assert!(!shown.contains("calendars"), "{shown}");
    }

    #[test]
    fn a_second_is_named_after_its_greatest_group() {
        let second = json!({ "starts": 9, "groups": [{ "key": "echo", "starts": 2 }, { "key": "http", "starts": 7 }] });
        assert_eq!(label(5, &api::read(&second).unwrap()), ":05 http");
        assert_eq!(
            label(0, &api::read(&json!({ "starts": 0 })).unwrap()),
            ":00"
        );
    }
}
