//! The functions' variables: every one that the template gives is one that code reads, by its name.
//!
//! That each function gets what it needs is proved by its binary, which is started in the template's environment and no
//! other by the tests of the tier `lambda`.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use serde_json::Value;

use super::template;
use crate::path;

/// The names in the code, tests left out.
fn read_by_code() -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    for folder in ["shared/src", "functions"] {
        visit(&path(folder), &mut names);
    }
    names
}

fn visit(folder: &Path, names: &mut BTreeSet<String>) {
    for entry in fs::read_dir(folder).unwrap() {
        let entry = entry.unwrap().path();
        if entry.is_dir() {
            visit(&entry, names);
        } else if entry.extension().is_some_and(|extension| extension == "rs") {
            let source = fs::read_to_string(&entry).unwrap();
            let code = source.split("#[cfg(test)]").next().unwrap();
            let found = code.split("\"PUNCTUAL_").skip(1);
            names.extend(found.map(|rest| format!("PUNCTUAL_{}", rest.split('"').next().unwrap())));
        }
    }
}

/// What is not the template's to give.
const ELSEWHERE: [&str; 7] = [
    // To a server that verifies tokens by itself: on AWS API Gateway does.
    "PUNCTUAL_ISSUER",
    "PUNCTUAL_AUDIENCE",
    "PUNCTUAL_JWKS_URL",
    // To a script, by the function that runs it.
    "PUNCTUAL_CELL",
    "PUNCTUAL_EXECUTION_ID",
    "PUNCTUAL_FIRE_TIME",
    "PUNCTUAL_ATTEMPT",
];

#[test]
fn the_template_gives_all_variables_that_code_reads_and_no_other() {
    let template = template();
    let mut given = BTreeSet::new();
    for resource in template["Resources"].as_object().unwrap().values() {
        let variables = &resource["Properties"]["Environment"]["Variables"];
        given.extend(
            variables
                .as_object()
                .into_iter()
                .flatten()
                .map(|(name, _)| name.clone()),
        );
    }
    let mut read = read_by_code();
    for name in ELSEWHERE {
        assert!(read.remove(name), "{name} is not read");
    }
    assert_eq!(given, read);
}

#[test]
fn no_variable_holds_a_secret() {
    let template = template();
    for resource in template["Resources"].as_object().unwrap().values() {
        let variables = &resource["Properties"]["Environment"]["Variables"];
        for (name, value) in variables.as_object().into_iter().flatten() {
            let parameter = value["Ref"].as_str().unwrap_or_default();
            let is_hidden = &template["Parameters"][parameter]["NoEcho"];
            assert_eq!(*is_hidden, Value::Null, "{name}");
        }
    }
}
