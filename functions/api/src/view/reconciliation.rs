//! A reconciliation's report as operators see it.

use std::collections::BTreeMap;

use punctual::domain::{Outcome, Reconciliation};
use serde::Serialize;

use super::{utc, utc_ms};

/// A report.
#[derive(Debug, Serialize)]
pub struct ReconciliationView {
    window: WindowView,
    began_at: String,
    /// Whether everything planned was accounted for, and every chain that was looked for goes on.
    clean: bool,
    jobs: u64,
    planned: u64,
    accounted: u64,
    outcomes: BTreeMap<Outcome, u64>,
    missing: u64,
    stalled: u64,
    resent: u64,
    chains_repaired: u64,
    chains_unchecked: u64,
    unproven: u64,
    examples: Vec<String>,
    cut_short: bool,
    cursor: Option<String>,
}

/// What was looked at.
#[derive(Debug, Serialize)]
struct WindowView {
    from: String,
    until: String,
}

impl From<Reconciliation> for ReconciliationView {
    fn from(report: Reconciliation) -> Self {
        Self {
            window: WindowView {
                from: utc(report.window.from),
                until: utc(report.window.until),
            },
            began_at: utc_ms(report.began_at),
            clean: report.is_clean(),
            jobs: report.jobs,
            planned: report.planned,
            accounted: report.accounted,
            outcomes: report.outcomes,
            missing: report.missing,
            stalled: report.stalled,
            resent: report.resent,
            chains_repaired: report.chains_repaired,
            chains_unchecked: report.chains_unchecked,
            unproven: report.unproven,
            examples: report.examples,
            cut_short: report.cut_short,
            cursor: report.cursor,
        }
    }
}
