//! What roles may do: nothing that the code never does, everything that it does, and nothing unnamed without a reason.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use serde_json::Value;

use super::{template, text};
use crate::{path, read};

/// Every statement of every role and policy, with its role's name; those under a condition among them.
pub(super) fn statements(template: &Value) -> Vec<(String, Value)> {
    let resources = template["Resources"].as_object().unwrap();
    let documents = resources.iter().flat_map(|(name, resource)| {
        let properties = &resource["Properties"];
        let own = properties["Policies"].as_array().into_iter().flatten();
        let own = own.map(|policy| &policy["PolicyDocument"]);
        let is_policy = resource["Type"] == "AWS::IAM::Policy";
        let shared = is_policy.then_some(&properties["PolicyDocument"]);
        own.chain(shared).map(|document| (name.clone(), document))
    });
    let statements = documents.flat_map(|(name, document)| {
        let all = document["Statement"].as_array().unwrap().iter();
        all.map(move |one| {
            let conditional = &one["Fn::If"][1];
            let one = if conditional.is_object() {
                conditional
            } else {
                one
            };
            (name.clone(), one.clone())
        })
    });
    statements.collect()
}

fn listed(value: &Value) -> Vec<&Value> {
    match value {
        Value::Array(all) => all.iter().collect(),
        one => vec![one],
    }
}

/// What the roles allow on tables: `PutItem jobs`.
fn allowed_on_tables(template: &Value) -> BTreeSet<String> {
    let mut allowed = BTreeSet::new();
    for (_, statement) in statements(template) {
        for action in listed(&statement["Action"]) {
            let Some(operation) = text(action).strip_prefix("dynamodb:") else {
                continue;
            };
            for resource in listed(&statement["Resource"]) {
                let whole = resource["Fn::GetAtt"][0].as_str();
                let index = || text(resource).split(['{', '.']).nth(1);
                let table = whole.or_else(index).unwrap();
                let table = table.strip_suffix("Table").unwrap().to_lowercase();
                allowed.insert(format!("{operation} {table}"));
            }
        }
    }
    allowed
}

/// What the code does to tables, by the names under which it counts its calls: `"dynamodb.PutItem jobs"`.
fn done_to_tables() -> BTreeSet<String> {
    let mut done = BTreeSet::new();
    visit(&path("shared/src/aws/dynamo"), &mut |source| {
        for name in source.split("\"dynamodb.").skip(1) {
            let name = name.split('"').next().unwrap();
            let mut words = name.split(' ');
            let (operation, table) = (words.next().unwrap(), words.next().unwrap());
            // Work put off lies among the hints.
            let table = if table == "deferred" { "due" } else { table };
            done.insert(format!("{operation} {table}"));
        }
    });
    done
}

fn visit(folder: &Path, seen: &mut impl FnMut(&str)) {
    for entry in fs::read_dir(folder).unwrap() {
        let entry = entry.unwrap().path();
        if entry.is_dir() {
            visit(&entry, seen);
        } else {
            seen(&fs::read_to_string(&entry).unwrap());
        }
    }
}

#[test]
fn the_roles_allow_on_tables_what_the_code_does_to_them_and_nothing_else() {
    let done = done_to_tables();
    assert!(done.len() > 15, "{done:?}");
    assert_eq!(allowed_on_tables(&template()), done);
}

#[test]
fn no_action_is_a_pattern() {
    for (role, statement) in statements(&template()) {
        for action in listed(&statement["Action"]) {
            assert!(!text(action).contains('*'), "{role} {action}");
        }
    }
}

#[test]
fn every_resource_that_is_a_pattern_has_its_reason_above_it() {
    let found = statements(&template());
    let patterns = found.iter().filter(|(_, statement)| {
        let resources = listed(&statement["Resource"]);
        resources.iter().any(|one| text(one).contains('*'))
    });
    let expected: BTreeSet<_> = patterns
        .map(|(role, statement)| (role.clone(), text(&statement["Sid"]).to_owned()))
        .collect();
    assert!(expected.len() > 5, "{expected:?}");
    let reasoned = with_reason(&read("infra/template.yaml"), "Wildcard:");
    assert_eq!(reasoned, expected);
}

/// The statements, by role and name, with `word` in the comment right above them.
fn with_reason(source: &str, word: &str) -> BTreeSet<(String, String)> {
    let mut found = BTreeSet::new();
    let (mut role, mut comment) = (String::new(), String::new());
    for line in source.lines() {
        let trimmed = line.trim();
        if let Some(more) = trimmed.strip_prefix('#') {
            comment.push_str(more);
        } else if let Some(sid) = trimmed.strip_prefix("- Sid: ") {
            if comment.contains(word) {
                found.insert((role.clone(), sid.to_owned()));
            }
            comment.clear();
        } else if !["- Fn::If:", "- MailIsSent"].contains(&trimmed) {
            comment.clear();
        }
        let name = line
            .strip_prefix("  ")
            .filter(|rest| !rest.starts_with(' '));
        if let Some(name) = name.and_then(|rest| rest.strip_suffix(':')) {
            name.clone_into(&mut role);
        }
    }
    found
}

#[test]
fn who_may_assume_a_role_is_one_service_of_aws() {
    let template = template();
    let resources = template["Resources"].as_object().unwrap().values();
    let roles = resources.filter(|one| one["Type"] == "AWS::IAM::Role");
    let mut trusted = BTreeSet::new();
    for role in roles {
        let trust = &role["Properties"]["AssumeRolePolicyDocument"]["Statement"];
        assert_eq!(trust.as_array().unwrap().len(), 1, "{trust}");
        assert_eq!(trust[0]["Action"], "sts:AssumeRole");
        trusted.insert(text(&trust[0]["Principal"]["Service"]).to_owned());
    }
    let expected = ["lambda.amazonaws.com", "scheduler.amazonaws.com"].map(str::to_owned);
    assert_eq!(trusted, BTreeSet::from(expected));
}
