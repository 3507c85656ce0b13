//! A trace in a table: what was seen, and which rules were broken.

use std::collections::BTreeMap;
use std::fmt::Write;

use crate::line::{Event, Outcome, Process};
use crate::rules::{Finding, Rule};

/// How many findings of a rule are told one by one.
const TOLD: usize = 5;

/// The report on a trace.
pub fn report(trace: &[Process], findings: &[Finding]) -> String {
    let mut text = String::new();
    let lines = trace
        .iter()
        .map(|process| process.lines.len())
        .sum::<usize>();
    line(
        &mut text,
        &format!("{lines:>8}  events of {} processes", trace.len()),
    );
    let mut counts: BTreeMap<String, usize> = BTreeMap::new();
    for event in trace.iter().flat_map(|process| &process.lines) {
        *counts.entry(word(&event.event)).or_default() += 1;
    }
    for (word, count) in counts {
        line(&mut text, &format!("{count:>8}    {word}"));
    }
    line(&mut text, "");
    for rule in Rule::ALL {
        let broken: Vec<_> = findings
            .iter()
            .filter(|finding| finding.rule == rule)
            .collect();
        line(&mut text, &format!("{:>8}  {}", broken.len(), rule.name()));
        for finding in broken.iter().take(TOLD) {
            line(&mut text, &format!("          {}", finding.detail));
        }
    }
    text
}

fn word(event: &Event) -> String {
    let went = |what: &str, outcome: &Outcome| {
        let how = match outcome {
            Outcome::Written => "",
            Outcome::Refused => ", refused",
            Outcome::Unanswered => ", unanswered",
        };
        format!("{what}{how}")
    };
    match event {
        Event::ScanBegun { .. } => "scans of a bucket".to_owned(),
        Event::HintFollowed { .. } => "hints followed".to_owned(),
        Event::HintDropped { .. } => "hints dropped".to_owned(),
        Event::HintPut { .. } => "hints put".to_owned(),
        Event::Sent { .. } => "messages sent".to_owned(),
        Event::Deferred { .. } => "deferrals".to_owned(),
        Event::Checkpointed { .. } => "checkpoints".to_owned(),
        Event::Launching { .. } => "chains launched".to_owned(),
        Event::JobPut { outcome, .. } => went("rows written", outcome),
        Event::CancelReturned { .. } => "deletes returned".to_owned(),
        Event::RecordPut(put) => went("records written", &put.outcome),
        Event::RecordRemoved { outcome, .. } => went("records removed", outcome),
        Event::JobRead { .. } => "jobs read behind a claim".to_owned(),
        Event::Started { .. } => "starts".to_owned(),
        Event::Finished { .. } => "ends on record".to_owned(),
        Event::FencedOff { .. } => "claims lost".to_owned(),
        Event::Settled { verdict, .. } => format!("messages {verdict}"),
    }
}

fn line(text: &mut String, line: &str) {
    // Writing to a string cannot fail.
    let _ = writeln!(text, "{line}");
}
