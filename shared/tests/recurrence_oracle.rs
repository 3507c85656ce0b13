//! Recurrence rules against fire times computed by Python's dateutil, which always enumerates from the start. The engine
//! descends from it: what both misread alike is left to the examples of the standard in the unit tests.

use chrono::{DateTime, Utc};
use punctual::domain::Schedule;
use serde::Deserialize;
use serde_json::json;

#[derive(Deserialize)]
struct Case {
    rule: String,
    start: String,
    timezone: String,
    from: DateTime<Utc>,
    fires: Vec<DateTime<Utc>>,
}

#[test]
fn dateutil_sees_the_same_fire_times() {
    let text = include_str!("recurrence_oracle/cases.jsonl");
    let end: DateTime<Utc> = "2099-12-30T00:00:00Z".parse().unwrap();
    let mut wrong = Vec::new();
    let mut cases = 0;
    for line in text.lines() {
        let case: Case = serde_json::from_str(line).expect(line);
        let request = json!({
            "kind": "rrule", "rule": case.rule, "starts_at_local": case.start, "timezone": case.timezone,
        });
        cases += 1;
        let schedule: Schedule = match serde_json::from_value(request) {
            Ok(schedule) => schedule,
            Err(error) => {
                wrong.push(format!("{line}\n  ours: {error}"));
                continue;
            }
        };
        // The oracle was asked for eight: fewer are all there are.
        let asked = if case.fires.len() < 8 { 9 } else { 8 };
        let found: Vec<_> = schedule.between(case.from, end).take(asked).collect();
        let expected: Vec<_> = case.fires.iter().copied().filter(|at| *at < end).collect();
        if found != expected {
            wrong.push(format!("{line}\n  ours: {found:?}"));
        }
    }
    assert!(cases >= 600, "only {cases} cases");
    assert!(
        wrong.is_empty(),
        "{} of {cases}:\n{}",
        wrong.len(),
        wrong.join("\n")
    );
}
