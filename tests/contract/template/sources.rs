//! What is read by which function: every queue by one, message by message, and never more at once than was said.

use punctual::aws::QUEUES;
use punctual::domain::Band;
use punctual::edge::MESSAGES_PER_INVOCATION;
use serde_json::{Value, json};

use super::{count, template, text};

/// The function that reads a queue, and the parameter that says how often at once.
fn reader(queue: &str) -> Option<(&'static str, &'static str)> {
    Some(match queue {
        "high" => ("WorkerFunction", "HighConcurrency"),
        "normal" => ("WorkerFunction", "NormalConcurrency"),
        "low" => ("WorkerFunction", "LowConcurrency"),
        "long" => ("LongFunction", "LongConcurrency"),
        // What was given up here waits for a person.
        "notifications-dlq" => return None,
        "notifications" => ("DlqFunction", "DlqConcurrency"),
        letters if letters.ends_with("-dlq") => ("DlqFunction", "DlqConcurrency"),
        other => panic!("who reads {other}?"),
    })
}

/// The properties of the sources that read the queue `suffix`.
fn sources(template: &Value, suffix: &str) -> Vec<Value> {
    let resources = template["Resources"].as_object().unwrap();
    let (queue, _) = resources
        .iter()
        .find(|(_, one)| {
            text(&one["Properties"]["QueueName"]) == format!("punctual-${{Stage}}-{suffix}")
        })
        .unwrap();
    let sources = resources.values();
    let sources = sources.filter(|one| one["Type"] == "AWS::Lambda::EventSourceMapping");
    let sources = sources.map(|one| one["Properties"].clone());
    sources
        .filter(|one| one["EventSourceArn"] == json!({ "Fn::GetAtt": [queue, "Arn"] }))
        .collect()
}

#[test]
fn every_queue_is_read_by_its_function_which_answers_for_each_message_alone() {
    let template = template();
    let mut read = 0;
    for queue in QUEUES {
        for suffix in [queue.suffix.to_owned(), format!("{}-dlq", queue.suffix)] {
            let sources = sources(&template, &suffix);
            let Some((function, concurrency)) = reader(&suffix) else {
                assert!(sources.is_empty(), "{suffix}");
                continue;
            };
            read += 1;
            assert_eq!(sources.len(), 1, "{suffix}");
            let source = &sources[0];
            assert_eq!(source["FunctionName"]["Ref"], function, "{suffix}");
            assert_eq!(
                source["FunctionResponseTypes"],
                json!(["ReportBatchItemFailures"]),
                "{suffix}"
            );
            // More than ten would have to be waited for.
            let most = if suffix == "long" {
                1
            } else {
                MESSAGES_PER_INVOCATION
            };
            assert_eq!(source["BatchSize"], most, "{suffix}");
            assert_eq!(source["MaximumBatchingWindowInSeconds"], Value::Null);
            assert!(
                source["ScalingConfig"].to_string().contains(concurrency),
                "{suffix}"
            );
            let limits = &template["Parameters"][concurrency];
            assert!(limits["MinValue"].as_u64() >= Some(2), "what Lambda takes");
            assert!(
                limits["MaxValue"].as_u64() <= Some(1_000),
                "what Lambda takes"
            );
        }
    }
    assert_eq!(count(&template, "AWS::Lambda::EventSourceMapping"), read);
}

#[test]
fn only_the_queue_high_may_have_pollers_of_its_own_and_then_has_no_other_limit() {
    let template = template();
    for queue in QUEUES {
        for source in sources(&template, queue.suffix) {
            let pollers = &source["ProvisionedPollerConfig"];
            if queue.suffix != Band::High.name() {
                assert_eq!(*pollers, Value::Null, "{}", queue.suffix);
                continue;
            }
            // Lambda refuses both together.
            let nothing = json!({ "Ref": "AWS::NoValue" });
            let limit = &source["ScalingConfig"]["Fn::If"];
            let pollers = &pollers["Fn::If"];
            assert_eq!(limit[0], pollers[0]);
            assert_eq!(limit[1], nothing);
            assert_eq!(pollers[2], nothing);
            assert_eq!(
                pollers[1],
                json!({
                    "MinimumPollers": { "Ref": "HighMinimumPollers" },
                    "MaximumPollers": { "Ref": "HighMaximumPollers" },
                })
            );
        }
    }
    assert_eq!(template["Parameters"]["HighMinimumPollers"]["Default"], 0);
}
