//! A run in tables: what was done to the system, what it was asked, what became of it, and which rules were broken.

use std::collections::BTreeMap;
use std::fmt::Write;

use crate::check::{Finding, Rule};
use crate::evidence::{Evidence, Outcome, Request};

/// How many findings of a rule are told one by one.
const TOLD: usize = 5;

/// The report on a run.
pub fn report(evidence: &Evidence, findings: &[Finding]) -> String {
    let mut text = String::new();
    let minutes = (evidence.until - evidence.began).num_seconds() / 60;
    line(
        &mut text,
        &format!("seed {}, {minutes} minutes", evidence.seed),
    );
    let strikes = evidence.strikes.iter().map(|struck| {
        let victim = struck
            .strike
            .victim
            .trim_end_matches(|last: char| last.is_ascii_digit() || last == '-');
        format!("{victim} {}", struck.strike.fault)
    });
    table(&mut text, "strikes", strikes);
    let requests = evidence.operations.iter().map(|operation| {
        let outcome = match operation.outcome {
            Outcome::Acknowledged { .. } => "acknowledged",
            Outcome::Refused { .. } => "refused",
            Outcome::Unknown { .. } => "unknown",
        };
        format!("{}, {outcome}", word(&operation.request))
    });
    table(&mut text, "requests", requests);
    let executions = evidence.jobs.iter().flat_map(|job| &job.executions);
    let within = executions.filter(|execution| execution.fire_time < evidence.until);
    let ends = within.map(|execution| match &execution.reason {
        Some(reason) => format!("{}, {reason}", execution.state),
        None => execution.state.clone(),
    });
    table(&mut text, "executions", ends);
    let unrecorded = evidence.jobs.iter().flat_map(|job| &job.occurrences);
    let stood_for = unrecorded.filter(|one| one.stood_for_by.is_some()).count();
    let again = evidence
        .calls
        .iter()
        .filter(|call| call.attempt > 1)
        .count();
    line(
        &mut text,
        &format!(
            "{} jobs, {} starts seen by the targets, {again} of them further attempts, {stood_for} instants stood for by later ones",
            evidence.jobs.len(),
            evidence.calls.len(),
        ),
    );
    line(&mut text, "");
    for rule in Rule::ALL {
        let broken: Vec<_> = findings
            .iter()
            .filter(|finding| finding.rule == rule)
            .collect();
        line(&mut text, &format!("{:>6}  {}", broken.len(), rule.name()));
        for finding in broken.iter().take(TOLD) {
            line(&mut text, &format!("        {}", finding.detail));
        }
    }
    text
}

fn word(request: &Request) -> &'static str {
    match request {
        Request::Create => "create",
        Request::Edit { .. } => "edit",
        Request::Pause => "pause",
        Request::Resume => "resume",
        Request::Delete => "delete",
        Request::Skip { .. } => "skip",
        Request::RunNow => "run now",
        Request::CancelExecution { .. } => "cancel execution",
    }
}

fn table(text: &mut String, title: &str, things: impl Iterator<Item = String>) {
    let mut counts: BTreeMap<String, usize> = BTreeMap::new();
    for thing in things {
        *counts.entry(thing).or_default() += 1;
    }
    let total: usize = counts.values().sum();
    line(text, &format!("\n{total:>6}  {title}"));
    for (thing, count) in counts {
        line(text, &format!("{count:>6}    {thing}"));
    }
}

fn line(text: &mut String, line: &str) {
    // Writing to a string cannot fail.
    let _ = writeln!(text, "{line}");
}
