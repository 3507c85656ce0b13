//! What whoever deploys may choose, and what is chosen for the stages that come with the template.

use std::collections::BTreeSet;
use std::fs;

use punctual::aws::{QUEUES, TABLES};
use serde_json::{Value, json};

use super::{template, text};
use crate::{path, read};

#[test]
fn every_parameter_is_used_explained_and_in_a_group() {
    let template = template();
    let groups = &template["Metadata"]["AWS::CloudFormation::Interface"]["ParameterGroups"];
    let grouped = groups.as_array().unwrap().iter();
    let grouped = grouped.flat_map(|group| group["Parameters"].as_array().unwrap());
    let grouped: Vec<_> = grouped.map(text).collect();
    let parameters = template["Parameters"].as_object().unwrap();
    let named: BTreeSet<_> = parameters.keys().map(String::as_str).collect();
    assert_eq!(grouped.len(), named.len(), "named once each");
    assert_eq!(grouped.into_iter().collect::<BTreeSet<_>>(), named);
    for (name, parameter) in parameters {
        assert!(text(&parameter["Description"]).len() > 10, "{name}");
    }
}

/// Where a table's or an index's warm throughput is to be had from.
fn warm(which: &str) -> Value {
    let parameter = format!("{which}WarmThroughput");
    let given = |index: u8| json!({ "Fn::Select": [index, { "Ref": parameter }] });
    let throughput = json!({ "ReadUnitsPerSecond": given(0), "WriteUnitsPerSecond": given(1) });
    json!({ "Fn::If": [format!("{which}IsWarm"), throughput, { "Ref": "AWS::NoValue" }] })
}

#[test]
fn whatever_a_run_reads_or_writes_can_be_warmed_beforehand() {
    let template = template();
    for table in TABLES {
        let mut name = table.suffix.to_owned();
        name[..1].make_ascii_uppercase();
        let made = &template["Resources"][format!("{name}Table")]["Properties"];
        // No run writes history: changes do.
        let expected = match table.suffix {
            "history" => Value::Null,
            _ => warm(&name),
        };
        assert_eq!(made["WarmThroughput"], expected, "{name}");
        for (place, _) in table.indexes.iter().enumerate() {
            let index = &made["GlobalSecondaryIndexes"][place];
            assert_eq!(index["WarmThroughput"], warm("JobsByUser"), "{name}");
        }
    }
    for (name, condition) in template["Conditions"].as_object().unwrap() {
        if let Some(which) = name.strip_suffix("IsWarm") {
            let first = json!({ "Fn::Select": [0, { "Ref": format!("{which}WarmThroughput") }] });
            assert_eq!(
                *condition,
                json!({ "Fn::Not": [{ "Fn::Equals": [first, "0"] }] })
            );
            let usual = &template["Parameters"][format!("{which}WarmThroughput")]["Default"];
            assert_eq!(usual, "0,0", "AWS's own, which costs nothing");
        }
    }
}

#[test]
fn the_stages_choose_among_what_the_template_offers() {
    let template = template();
    let mut stages = 0;
    for entry in fs::read_dir(path("infra/stages")).unwrap() {
        let file = entry.unwrap().path();
        let stage = file.file_stem().unwrap().to_str().unwrap();
        let chosen: Value =
            serde_json::from_str(&read(&format!("infra/stages/{stage}.json"))).unwrap();
        let chosen = chosen["Parameters"].as_object().unwrap();
        assert_eq!(chosen["Stage"], stage);
        for (name, value) in chosen {
            let offered = &template["Parameters"][name];
            let value = value.as_str().unwrap();
            assert!(offered.is_object(), "{stage} {name}");
            let says_something = offered["Default"] != value || name == "Stage";
            assert!(says_something, "{stage} {name} is the default");
            if let Some(values) = offered["AllowedValues"].as_array() {
                let is_this = |one: &Value| one.to_string().trim_matches('"') == value;
                assert!(values.iter().any(is_this), "{stage} {name}");
            }
            if offered["Type"] == "Number" {
                let number: i64 = value.parse().unwrap();
                let least = offered["MinValue"].as_i64();
                let most = offered["MaxValue"].as_i64();
                assert!(least.is_none_or(|least| least <= number), "{stage} {name}");
                assert!(most.is_none_or(|most| number <= most), "{stage} {name}");
            }
        }
        let number = |name: &str| {
            let value = chosen.get(name).and_then(Value::as_str);
            let usual = template["Parameters"][name]["Default"].as_i64();
            value.map_or(usual, |value| value.parse().ok()).unwrap()
        };
        if number("HighMinimumPollers") > 0 {
            let most = 10 * number("HighMaximumPollers");
            assert_eq!(
                number("HighConcurrency"),
                most,
                "{stage}: ten by each poller"
            );
        }
        stages += 1;
    }
    assert!(stages >= 2, "the stages have moved");
}

#[test]
fn a_stage_that_is_in_earnest_cannot_lose_its_tables_by_a_slip() {
    let template = template();
    for table in TABLES {
        let mut name = table.suffix.to_owned();
        name[..1].make_ascii_uppercase();
        let made = &template["Resources"][format!("{name}Table")];
        // Hints can be rebuilt.
        let dear = table.suffix != "due";
        let kept = if dear { "Retain" } else { "Delete" };
        assert_eq!(made["DeletionPolicy"], kept, "{name}");
        assert_eq!(made["UpdateReplacePolicy"], kept, "{name}");
        let guarded = &made["Properties"]["DeletionProtectionEnabled"];
        let guard = if dear {
            json!({ "Ref": "DeletionProtection" })
        } else {
            Value::Null
        };
        assert_eq!(*guarded, guard, "{name}");
    }
    let prod: Value = serde_json::from_str(&read("infra/stages/prod.json")).unwrap();
    assert_eq!(prod["Parameters"]["DeletionProtection"], "true");
}

#[test]
fn the_stack_says_where_everything_is() {
    let template = template();
    let outputs = template["Outputs"].as_object().unwrap();
    let mut expected = vec![
        "ApiEndpoint",
        "AlarmTopicArn",
        "Namespace",
        "QueueBaseUrl",
        "Shards",
    ]
    .into_iter()
    .map(ToOwned::to_owned)
    .collect::<Vec<_>>();
    let capitalized = |suffix: &str| {
        let mut name = suffix.to_owned();
        name[..1].make_ascii_uppercase();
        name
    };
    expected.extend(TABLES.map(|table| format!("{}TableName", capitalized(table.suffix))));
    for queue in QUEUES {
        let name = capitalized(queue.suffix);
        expected.push(format!("{name}QueueName"));
        expected.push(format!("{name}DeadLetterQueueName"));
    }
    let functions = [
        "Api",
        "Scanner",
        "Reconciler",
        "Worker",
        "Long",
        "Dlq",
        "Script",
    ];
    expected.extend(functions.map(|name| format!("{name}FunctionName")));
    for name in expected {
        assert!(outputs.contains_key(&name), "{name}");
    }
}

#[test]
fn the_api_is_throttled_and_says_of_every_request_who_asked_what_and_how_it_ended() {
    let template = template();
    let stage = &template["Resources"]["HttpApiStage"]["Properties"];
    let limits = &stage["DefaultRouteSettings"];
    assert_eq!(limits["ThrottlingRateLimit"]["Ref"], "ApiRate");
    assert_eq!(limits["ThrottlingBurstLimit"]["Ref"], "ApiBurst");
    let log = &stage["AccessLogSettings"];
    let group = &log["DestinationArn"]["Fn::GetAtt"];
    assert_eq!(*group, json!(["ApiAccessLogGroup", "Arn"]));
    let line: Value = serde_json::from_str(text(&log["Format"])).unwrap();
    for (name, variable) in [
        ("user", "$context.authorizer.claims.sub"),
        ("route", "$context.routeKey"),
        ("status", "$context.status"),
        ("function_request_id", "$context.integration.requestId"),
    ] {
        assert_eq!(line[name], variable);
    }
}

#[test]
fn alarms_have_a_topic_to_tell_to_which_cloudwatch_of_this_account_may_publish() {
    let template = template();
    let resources = template["Resources"].as_object().unwrap();
    let policy = &resources["AlarmTopicPolicy"]["Properties"]["PolicyDocument"];
    let allowed = &policy["Statement"][0];
    assert_eq!(allowed["Principal"]["Service"], "cloudwatch.amazonaws.com");
    let account = &allowed["Condition"]["StringEquals"]["aws:SourceAccount"]["Ref"];
    assert_eq!(account, "AWS::AccountId");
    // Jobs' owners are told by topics of theirs; this one is the operators'.
    let (effect, resources) = super::statement_effect(&template, "DlqRole", "NotTheOperatorsTopic");
    assert_eq!(effect, "Deny");
    assert_eq!(resources, json!([{ "Ref": "AlarmTopic" }]));
}
