//! A reconciliation's report as operators see it.

use std::collections::BTreeMap;

use punctual::domain::{Outcome, Reconciliation};
use serde::Serialize;
use utoipa::ToSchema;

use super::{Page, utc, utc_ms};

/// What a reconciliation found.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Reconciliation)]
pub struct ReconciliationView {
    window: WindowView,
    #[schema(format = DateTime)]
    began_at: String,
    /// Whether everything planned was accounted for, and every chain that was looked for goes on.
    clean: bool,
    /// Jobs read.
    jobs: u64,
    /// Occurrences planned.
    planned: u64,
    /// Those of them with an outcome.
    accounted: u64,
    /// The planned ones by outcome.
    #[schema(value_type = BTreeMap<String, u64>)]
    outcomes: BTreeMap<Outcome, u64>,
    /// Those that were due and left no trace.
    missing: u64,
    /// Executions whose next attempt is long overdue.
    stalled: u64,
    /// Messages sent for what is missing or stalled.
    resent: u64,
    /// Chains of hints that had ended, and were started again.
    chains_repaired: u64,
    chains_unchecked: u64,
    unproven: u64,
    /// Some of what was missing or stalled, by execution or job.
    examples: Vec<String>,
    /// Whether time ran out: `cursor` tells where the window goes on.
    cut_short: bool,
    #[schema(required)]
    cursor: Option<String>,
}

/// What was looked at.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Window)]
struct WindowView {
    #[schema(format = DateTime)]
    from: String,
    #[schema(format = DateTime)]
    until: String,
}

/// A part of the list of reports.
pub type ReconciliationPage = Page<ReconciliationView>;

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
