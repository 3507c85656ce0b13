//! What `cargo lambda deploy` would set is what the template sets: it may replace a function's code, and nothing else.

use std::process::Command;

use serde_json::Value;

use crate::{path, read};

/// Whatever else can be said there would change what the stack says: variables, a role, a network, a retention of logs.
const ALLOWED: [&str; 3] = ["merge_env", "memory", "timeout"];

/// The workspace's packages, as cargo sees them.
fn packages() -> Vec<Value> {
    let made = Command::new(env!("CARGO"))
        .args([
            "metadata",
            "--no-deps",
            "--offline",
            "--format-version",
            "1",
        ])
        .current_dir(path(""))
        .output()
        .unwrap();
    let metadata: Value = serde_json::from_slice(&made.stdout).unwrap();
    metadata["packages"].as_array().unwrap().clone()
}

/// The template's functions whose code is this one's, by the parameter that names it.
fn deployed_from(template: &Value, function: &str) -> Vec<Value> {
    let (first, rest) = function.split_at(1);
    let key = format!("{}{rest}CodeKey", first.to_uppercase());
    let resources = template["Resources"].as_object().unwrap().values();
    resources
        .filter(|one| one["Properties"]["Code"]["S3Key"]["Ref"] == key)
        .map(|one| one["Properties"].clone())
        .collect()
}

#[test]
fn cargo_lambda_deploy_leaves_functions_as_the_template_makes_them() {
    let template: Value = serde_yaml_ng::from_str(&read("infra/template.yaml")).unwrap();
    let packages = packages();
    for function in ["api", "scanner", "worker", "dlq", "reconciler", "script"] {
        let name = format!("punctual-{function}");
        let package = packages.iter().find(|one| one["name"] == name).unwrap();
        let says = &package["metadata"]["lambda"]["deploy"];
        assert_eq!(says["merge_env"], true, "{function}: variables stay");
        for said in says.as_object().unwrap().keys() {
            assert!(ALLOWED.contains(&said.as_str()), "{function}: {said}");
        }
        let made = deployed_from(&template, function);
        assert!(!made.is_empty(), "{function} is deployed");
        let same = |property: &str| made.iter().all(|one| one[property] == made[0][property]);
        for (said, property) in [("memory", "MemorySize"), ("timeout", "Timeout")] {
            // Where one code is deployed with several values, none may be said: it would be set on all.
            let expected = if same(property) {
                &made[0][property]
            } else {
                &Value::Null
            };
            assert_eq!(&says[said], expected, "{function}: {said}");
        }
    }
}
