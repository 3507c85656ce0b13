//! The environment that the template gives a function: its binary must come to life by that and nothing else.

use std::collections::BTreeMap;

use serde_json::Value;

/// The variables of the function `name` of the stage `dev`, by the defaults of the template's parameters.
pub fn of_template(name: &str) -> BTreeMap<String, String> {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../infra/template.yaml");
    let text = std::fs::read_to_string(path).unwrap();
    let template: Value = serde_yaml_ng::from_str(&text).unwrap();
    let full_name = format!("punctual-${{Stage}}-{name}");
    let mut resources = template["Resources"].as_object().unwrap().values();
    let function = resources.find(|one| {
        one["Type"] == "AWS::Lambda::Function"
            && one["Properties"]["FunctionName"]["Fn::Sub"] == full_name
    });
    let variables = &function.unwrap()["Properties"]["Environment"]["Variables"];
    // The function script gets none.
    let variables = variables.as_object().into_iter().flatten();
    variables
        .map(|(name, value)| (name.clone(), resolved(&template, value)))
        .collect()
}

fn resolved(template: &Value, value: &Value) -> String {
    if let Some(name) = value["Ref"].as_str() {
        return match &template["Parameters"][name]["Default"] {
            Value::String(text) => text.clone(),
            Value::Number(number) => number.to_string(),
            // A resource: its name is made up by CloudFormation or by the test.
            _ => name.to_owned(),
        };
    }
    match value["Fn::Sub"].as_str() {
        Some(text) => text.replace("${Stage}", "dev"),
        None => value.as_str().unwrap().to_owned(),
    }
}
