//! What the guesses about CPU are worth: the same questions with half and with twice of them.

use std::fmt::Write;

use super::SEED;
use super::walk::largest_bucket;
use super::words::{count, dollars, late};
use crate::platform::Platform;
use crate::scenarios::{days, herds, run_day, run_herd};
use crate::time::Micros;

/// How many herds are averaged.
const SEEDS: u64 = 8;

/// The table, for the first herd and the first day of a million runs or more.
pub fn table(platform: &Platform) -> String {
    let mut text = String::from(
        "| CPU of a run, ms: scanner, worker | hints that a tick can plan | 5,000 as deployed, p99, mean of 8 | 1,000,000 a day, a million runs |\n\
         |---|--:|--:|--:|\n",
    );
    let herd = herds().into_iter().next();
    let day = days().into_iter().find(|day| day.runs >= 1e6);
    for factor in [0.5, 1.0, 2.0] {
        let mut platform = platform.clone();
        platform.protocol.scanner_cpu_ms *= factor;
        platform.protocol.worker_cpu_ms *= factor;
        let p99 = herd.as_ref().map(|herd| {
            // The second's part at which a tick sends makes half a second of difference: eight ticks tell more than one.
            let seeds = SEED..SEED + SEEDS;
            let each = seeds.filter_map(|seed| run_herd(&platform, herd, seed).outcome.late(990));
            each.sum::<Micros>() / SEEDS
        });
        let day = day.as_ref().map(|day| run_day(&platform, day, SEED));
        let _ = writeln!(
            text,
            "| {}, {} | {} | {} | {} |",
            platform.protocol.scanner_cpu_ms,
            platform.protocol.worker_cpu_ms,
            count(largest_bucket(&platform)),
            late(p99),
            dollars(day.map_or(0.0, |row| row.per_million.total())),
        );
    }
    text
}
