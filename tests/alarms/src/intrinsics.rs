//! Resolves the intrinsic functions of a template, with its parameters' defaults. Invariant: two things that are the same
//! on AWS are the same text here: a resource is called by its name, or else by its logical id, however it is referred to.

use serde_json::Value;

use crate::{Unsupported, unsupported};

/// The properties by which resources are named.
const NAMES: [&str; 5] = [
    "AlarmName",
    "FunctionName",
    "QueueName",
    "TableName",
    "DashboardName",
];

/// A template, and the stage that it is read for.
pub struct Resolver<'a> {
    /// The template.
    pub template: &'a Value,
    /// The value of the parameter `Stage`.
    pub stage: &'a str,
}

impl Resolver<'_> {
    /// The text that `value` comes to.
    ///
    /// # Errors
    /// If it uses an intrinsic function that is not resolved here, or names what is not there.
    pub fn text(&self, value: &Value) -> Result<String, Unsupported> {
        match value {
            Value::String(text) => Ok(text.clone()),
            Value::Number(number) => Ok(number.to_string()),
            Value::Object(function) if function.len() == 1 => {
                if let Some(name) = value["Ref"].as_str() {
                    return self.reference(name);
                }
                if let Value::Array(attribute) = &value["Fn::GetAtt"] {
                    return self.reference(attribute[0].as_str().unwrap_or_default());
                }
                match &value["Fn::Sub"] {
                    Value::String(text) => self.substituted(text, &Value::Null),
                    Value::Array(list) if list.len() == 2 => {
                        self.substituted(list[0].as_str().unwrap_or_default(), &list[1])
                    }
                    _ => self.chosen(value),
                }
            }
            other => unsupported(format!("{other} is no text")),
        }
    }

    /// Whether a resource is made at all, by its condition.
    ///
    /// # Errors
    /// If the condition is not one that is resolved here.
    pub fn is_made(&self, resource: &Value) -> Result<bool, Unsupported> {
        match resource["Condition"].as_str() {
            None => Ok(true),
            Some(condition) => self.condition(&self.template["Conditions"][condition]),
        }
    }

    /// `Fn::If`, whose conditions here ask whether a parameter is empty, and `Fn::Select` of a parameter's list.
    fn chosen(&self, value: &Value) -> Result<String, Unsupported> {
        if let Value::Array(choice) = &value["Fn::If"] {
            let condition = choice[0].as_str().unwrap_or_default();
            let said = self.condition(&self.template["Conditions"][condition])?;
            return self.text(&choice[if said { 1 } else { 2 }]);
        }
        if let Value::Array(selection) = &value["Fn::Select"] {
            let index = selection[0]
                .as_u64()
                .and_then(|index| usize::try_from(index).ok());
            let list = self.text(&selection[1])?;
            let chosen = index.and_then(|index| list.split(',').nth(index));
            return chosen
                .map_or_else(|| unsupported(format!("{value}")), |one| Ok(one.to_owned()));
        }
        unsupported(format!("{value}"))
    }

    fn condition(&self, condition: &Value) -> Result<bool, Unsupported> {
        if let Value::Array(negated) = &condition["Fn::Not"] {
            return Ok(!self.condition(&negated[0])?);
        }
        match &condition["Fn::Equals"] {
            Value::Array(sides) => Ok(self.text(&sides[0])? == self.text(&sides[1])?),
            _ => unsupported(format!("the condition {condition}")),
        }
    }

    fn substituted(&self, text: &str, variables: &Value) -> Result<String, Unsupported> {
        let mut resolved = String::new();
        let mut rest = text;
        while let Some((before, behind)) = rest.split_once("${") {
            let Some((name, after)) = behind.split_once('}') else {
                return unsupported(format!("{text}: a variable without an end"));
            };
            resolved += before;
            resolved += &match &variables[name] {
                Value::Null => self.reference(name.split('.').next().unwrap_or_default())?,
                value => self.text(value)?,
            };
            rest = after;
        }
        Ok(resolved + rest)
    }

    fn reference(&self, name: &str) -> Result<String, Unsupported> {
        if name == "Stage" {
            return Ok(self.stage.to_owned());
        }
        if name.starts_with("AWS::") {
            return Ok(name.to_owned());
        }
        let parameter = &self.template["Parameters"][name];
        if parameter.is_object() {
            return self.text(&parameter["Default"]);
        }
        let resource = &self.template["Resources"][name];
        if !resource.is_object() {
            return unsupported(format!("there is no {name}"));
        }
        let properties = &resource["Properties"];
        let named = NAMES.iter().find(|key| !properties[**key].is_null());
        named.map_or_else(|| Ok(name.to_owned()), |key| self.text(&properties[*key]))
    }
}
