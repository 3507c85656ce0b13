//! `forecast what-if`: lateness and cost, before a change and after it.

use clap::Args;
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::Scope;
use crate::Failure;
use crate::command::executions::milliseconds;
use crate::session::Session;
use crate::show::{Table, indented};
use crate::when;

/// Which change.
#[derive(Args, Debug)]
pub struct Options {
    /// How far: hour, day or month (30 days)
    #[arg(long, default_value = "hour")]
    window: String,
    /// Move fire times into a window: 900, 15m
    #[arg(long, value_name = "DURATION", value_parser = when::seconds)]
    spread: Option<u64>,
    /// Place each job at the quietest second of that window
    #[arg(long)]
    spread_auto: bool,
    /// Let so many run at once
    #[arg(long, value_name = "N")]
    max_concurrency: Option<u32>,
    /// Another number of shards
    #[arg(long, value_name = "N")]
    shards: Option<u32>,
    /// Another number of workers
    #[arg(long, value_name = "N")]
    places: Option<u32>,
    #[command(flatten)]
    scope: Scope,
}

#[derive(Deserialize)]
struct WhatIf {
    before: Outcome,
    after: Outcome,
    #[serde(default)]
    assumptions: Value,
}

#[derive(Deserialize)]
struct Outcome {
    peak_per_second: u64,
    peak_per_minute: u64,
    lateness_ms: Lateness,
    drain_seconds: Option<f64>,
    usd_per_month: Option<f64>,
}

#[derive(Deserialize)]
struct Lateness {
    p50: f64,
    p99: f64,
    max: f64,
}

/// Shows what a change would do.
///
/// # Errors
/// If the API does not say it.
pub async fn carry_out(session: &Session, options: &Options) -> Result<(), Failure> {
    let answer = session
        .api
        .post(&["forecast", "what-if"])
        .json(request(options))
        .send()
        .await?;
    session.show(&answer.body, || {
        let found: WhatIf = answer.read()?;
        let assumptions = indented(&found.assumptions, 2);
        Ok(table(&found).shown(&session.terminal) + "\nassumed\n" + &assumptions)
    })
}

fn request(options: &Options) -> Value {
    let mut change = Map::new();
    let mut put = |name: &str, value: Option<Value>| {
        change.extend(value.map(|value| (name.to_owned(), value)));
    };
    put("spread_seconds", options.spread.map(Value::from));
    put("spread", options.spread_auto.then(|| "auto".into()));
    put("max_concurrency", options.max_concurrency.map(Value::from));
    put("shards", options.shards.map(Value::from));
    put("places", options.places.map(Value::from));
    let given = options.scope.fields().into_iter();
    let scope: Map<_, _> = given
        .filter_map(|(name, value)| Some((name.to_owned(), Value::from(value?.as_str()))))
        .collect();
    let mut request = json!({ "window": options.window, "change": change });
    if !scope.is_empty() {
        request["for"] = scope.into();
    }
    request
}

fn table(found: &WhatIf) -> Table {
    let WhatIf { before, after, .. } = found;
    let mut table = Table::new(&["", "BEFORE", "AFTER"], "");
    let mut row = |name: &str, of: &dyn Fn(&Outcome) -> String| {
        table.row(vec![name.into(), of(before).into(), of(after).into()]);
    };
    row("starts, busiest second", &|of| {
        of.peak_per_second.to_string()
    });
    row("starts, busiest minute", &|of| {
        of.peak_per_minute.to_string()
    });
    row("late, half of them", &|of| lateness(of.lateness_ms.p50));
    row("late, 99 of 100", &|of| lateness(of.lateness_ms.p99));
    row("late, the last", &|of| lateness(of.lateness_ms.max));
    row("worst herd is through", &|of| {
        of.drain_seconds
            .map_or_else(|| "-".to_owned(), |seconds| lateness(seconds * 1_000.0))
    });
    row("cost a month", &|of| {
        of.usd_per_month
            .map_or_else(|| "-".to_owned(), |usd| format!("${usd:.2}"))
    });
    table
}

#[expect(
    clippy::cast_possible_truncation,
    reason = "a lateness beyond all time is as good as the last that fits"
)]
fn lateness(ms: f64) -> String {
    milliseconds(Some(ms.round() as i64))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::read;
    use crate::show::Terminal;

    #[test]
    fn only_the_change_that_is_asked_for_is_sent() {
        let scope = Scope {
            user: None,
            job_type: Some("http".to_owned()),
            target: None,
        };
        let options = Options {
            window: "hour".to_owned(),
            spread: Some(900),
            spread_auto: true,
            max_concurrency: None,
            shards: None,
            places: None,
            scope,
        };
        assert_eq!(
            request(&options),
            json!({
                "window": "hour", "for": { "job_type": "http" },
                "change": { "spread_seconds": 900, "spread": "auto" },
            })
        );
    }

    #[test]
    fn before_and_after_stand_side_by_side() {
        let outcome = |p99: u32, usd: f64| {
            json!({
                "peak_per_second": 5012, "peak_per_minute": 5300, "peak_at": "2026-11-29T12:00:00Z",
                "lateness_ms": { "p50": 0, "p99": p99, "max": 9000 }, "drain_seconds": 42, "usd_per_month": usd,
            })
        };
        let found = json!({ "before": outcome(6_100, 12.344), "after": outcome(200, 12.0), "assumptions": {} });
        let shown = table(&read(&found).unwrap()).shown(&Terminal {
            width: None,
            colours: false,
        });
        for line in [
            "late, 99 of 100         6.1 s   200 ms\n",
            "worst herd is through   42.0 s  42.0 s\n",
            "cost a month            $12.34  $12.00\n",
        ] {
            assert!(shown.contains(line), "{line} in\n{shown}");
        }
    }
}
