//! The tables of the herds, and of the settings that move them.

use std::collections::BTreeMap;
use std::fmt::Write;

use super::words::{count, dollars, duration, late, limits, moved};
use crate::platform::Platform;
use crate::scenarios::{DayRow, HerdRow};

/// All herds.
pub fn table(rows: &[HerdRow]) -> String {
    let mut text = String::from(
        "| herd | | p50 | p99 | p99.9 | max | last start | throttled calls | ran again | copies | once | limited by |\n\
         |--:|---|--:|--:|--:|--:|--:|--:|--:|--:|--:|---|\n",
    );
    for row in rows {
        let outcome = &row.outcome;
        let cells = row.herd.cells();
        let drained = if outcome.never > 0 {
            "never".to_owned()
        } else {
            duration(outcome.drained)
        };
        let cost = if outcome.never > 0 {
            "—".to_owned()
        } else {
            dollars(row.bill.total())
        };
        let _ = writeln!(
            text,
            "| {} | {} | {} | {} | {} | {} | {drained} | {} | {} | {} | {cost} | {} |",
            count(row.herd.jobs.into()),
            row.herd.name,
            late(outcome.late(500)),
            late(outcome.late(990)),
            late(outcome.late(999)),
            late(outcome.late(1_000)),
            count(outcome.throttled() * cells),
            count(outcome.used.repeated * cells),
            count(outcome.used.refused * cells),
            limits(outcome),
        );
    }
    text.push_str("\nWhat was moved in each row:\n\n| herd | | settings |\n|--:|---|---|\n");
    for row in rows.iter().filter(|row| !row.herd.moved.is_empty()) {
        let jobs = count(row.herd.jobs.into());
        let _ = writeln!(
            text,
            "| {jobs} | {} | {} |",
            row.herd.name,
            moved(&row.herd.moved)
        );
    }
    text
}

/// How fast a herd can be created at all.
pub fn door(platform: &Platform) -> String {
    let door = &platform.door;
    let alone = 1e6 / f64::from(door.requests_per_second);
    format!(
        "A million jobs take {alone:.0} s to create at the least, one a request, at {} requests a second, the \
         default of API \
         Gateway; {:.0} s in batches of {}. They are due later than that, so it delays no herd.\n",
        count(u64::from(door.requests_per_second)),
        alone / f64::from(door.batch),
        door.batch
    )
}

/// Every setting that some row moves, and where.
pub fn settings(herds: &[HerdRow], days: &[DayRow]) -> String {
    let of_herds = herds.iter().flat_map(|row| &row.herd.moved);
    let of_days = days.iter().flat_map(|row| &row.day.moved);
    let mut places = BTreeMap::new();
    for setting in of_herds.chain(of_days) {
        places.insert(setting.name(), setting.place().to_string());
    }
    let mut text = String::from("| setting | is moved in |\n|---|---|\n");
    for (name, place) in places {
        let _ = writeln!(text, "| {name} | {place} |");
    }
    text
}
