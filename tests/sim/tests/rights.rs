//! What the functions were seen to do in simulated runs, their roles in the template allow: a call that AWS would refuse
//! fails here.

#![expect(
    clippy::unwrap_used,
    reason = "a template that cannot be read is a failure"
)]

use std::collections::{BTreeMap, BTreeSet};

use punctual_sim::chance::Seed;
use punctual_sim::run::run;
use punctual_sim::scenario::{Scenario, Size};
use serde_json::Value;

/// A function's call: `dynamodb:PutItem`, and the template's name of the table or queue.
type Right = (String, String);

/// What each function did in the runs of these seeds, as their events say: `<instant> worker-high-1 PutItem sim-jobs ok …`.
fn seen(seeds: std::ops::RangeInclusive<u64>) -> BTreeMap<String, BTreeSet<Right>> {
    let size = Size {
        jobs: 8,
        minutes: 45,
    };
    let mut seen: BTreeMap<String, BTreeSet<Right>> = BTreeMap::new();
    for seed in seeds {
        let outcome = run(&Scenario::of(Seed(seed), size), true);
        for line in outcome.log.lines.unwrap_or_default() {
            let mut words = line.split(' ').skip(1);
            let (Some(process), Some(operation), Some(named)) =
                (words.next(), words.next(), words.next())
            else {
                continue;
            };
            let Some(named) = named.strip_prefix("sim-") else {
                continue;
            };
            let function = process.split('-').next().unwrap_or_default();
            let right = right(operation, named);
            seen.entry(function.to_owned()).or_default().insert(right);
        }
    }
    seen
}

fn right(operation: &str, named: &str) -> Right {
    const TABLES: [&str; 5] = ["jobs", "due", "executions", "control", "history"];
    let mut name = named.to_owned();
    name[..1].make_ascii_uppercase();
    if TABLES.contains(&named) {
        return (format!("dynamodb:{operation}"), format!("{name}Table"));
    }
    // A batch asks for the right to its one call.
    let operation = operation.trim_end_matches("Batch");
    let queue = match name.strip_suffix("-dlq") {
        Some(name) => format!("{name}DeadLetterQueue"),
        None => format!("{name}Queue"),
    };
    (format!("sqs:{operation}"), queue)
}

/// What the template's role of a function allows on tables and queues.
fn allowed(template: &Value, function: &str) -> BTreeSet<Right> {
    let mut name = function.to_owned();
    name[..1].make_ascii_uppercase();
    let role = &template["Resources"][format!("{name}Role")]["Properties"];
    let statements = role["Policies"][0]["PolicyDocument"]["Statement"].as_array();
    let mut allowed = BTreeSet::new();
    for statement in statements.into_iter().flatten() {
        let actions = statement["Action"].as_array().into_iter().flatten();
        for action in actions.filter_map(Value::as_str) {
            let resources = statement["Resource"].as_array().into_iter().flatten();
            let resources = resources.filter_map(|one| one["Fn::GetAtt"][0].as_str());
            allowed.extend(resources.map(|one| (action.to_owned(), one.to_owned())));
        }
    }
    allowed
}

#[test]
fn no_function_does_what_its_role_in_the_template_does_not_allow() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../infra/template.yaml");
    let text = std::fs::read_to_string(path).unwrap();
    let template: Value = serde_yaml_ng::from_str(&text).unwrap();
    let seen = seen(1..=4);
    for function in ["api", "scanner", "worker", "dlq", "reconciler"] {
        let allowed = allowed(&template, function);
        let did = seen
            .get(function)
            .unwrap_or_else(|| panic!("{function} did nothing"));
        let refused: Vec<_> = did.difference(&allowed).collect();
        assert!(
            refused.is_empty(),
            "{function} would be refused {refused:?}"
        );
        println!("{function}: {} of {} rights used", did.len(), allowed.len());
    }
}
