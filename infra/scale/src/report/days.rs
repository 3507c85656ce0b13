//! The tables of the days, and what they cost.

use std::fmt::Write;

use super::words::{count, dollars, late, limits, moved};
use crate::cost::{Bill, idle_month};
use crate::platform::Platform;
use crate::scenarios::{DayRow, Within};
use crate::settings::Setup;

fn runs(row: &DayRow) -> String {
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "up to a billion"
    )]
    let runs = row.day.runs as u64;
    count(runs)
}

fn within(row: &DayRow) -> &'static str {
    match row.day.within {
        Within::FirstSecond => "first",
        Within::Spread => "each",
    }
}

/// All days.
pub fn table(rows: &[DayRow]) -> String {
    let mut text = String::from(
        "| runs a day | due at the minute's … second | settings moved | p50 | p99 | p99.9 | max | keeps up | a month | a million runs | limited by |\n\
         |--:|---|---|--:|--:|--:|--:|---|--:|--:|---|\n",
    );
    for row in rows {
        let outcome = &row.outcome;
        let keeps_up = if outcome.falls_behind() {
            "**no**"
        } else {
            "yes"
        };
        let cost = |amount: f64| {
            if outcome.falls_behind() {
                "—".to_owned()
            } else {
                dollars(amount)
            }
        };
        let _ = writeln!(
            text,
            "| {} | {} | {} | {} | {} | {} | {} | {keeps_up} | {} | {} | {} |",
            runs(row),
            within(row),
            moved(&row.day.moved),
            late(outcome.late(500)),
            late(outcome.late(990)),
            late(outcome.late(999)),
            late(outcome.late(1_000)),
            cost(row.month),
            cost(row.per_million.total()),
            limits(outcome),
        );
    }
    text
}

/// What a million runs cost, by component.
pub fn costs(rows: &[DayRow]) -> String {
    let parts = Bill::default().parts();
    let names: Vec<_> = parts.iter().map(|(name, _)| *name).collect();
    let mut text = format!(
        "| a million runs, of … a day | settings moved | {} | all |\n|--:|---|{}--:|\n",
        names.join(" | "),
        "--:|".repeat(names.len())
    );
    for row in rows.iter().filter(|row| !row.outcome.falls_behind()) {
        let parts = row.per_million.parts();
        let amounts: Vec<_> = parts.iter().map(|(_, part)| format!("{part:.3}")).collect();
        let _ = writeln!(
            text,
            "| {}, {} second | {} | {} | **{:.2}** |",
            runs(row),
            within(row),
            moved(&row.day.moved),
            amounts.join(" | "),
            row.per_million.total(),
        );
    }
    text
}

/// What a month costs in which nothing is due.
pub fn idle(platform: &Platform) -> String {
    let bill = idle_month(platform, &Setup::of_the_template(platform));
    let parts = bill.parts();
    let said: Vec<_> = parts
        .iter()
        .filter(|(_, part)| *part > 0.0)
        .map(|(name, part)| format!("{name} {part:.2}"))
        .collect();
    format!(
        "A deployment in which nothing is due costs **{}** a month: {}. SQS is the empty polls of all queues; alarms \
         are among \
         the logs.\n",
        dollars(bill.total()),
        said.join(", ")
    )
}
