//! What lies at rest: by whose key it is encrypted, and for whose account it is.

use serde_json::{Value, json};

use super::{template, text};

/// What `with` becomes with a key of one's own, and `without` otherwise.
fn if_keyed(with: &Value, without: &Value) -> Value {
    json!({ "Fn::If": ["DataHasAKey", with, without] })
}

#[test]
fn a_key_of_ones_own_encrypts_everything_that_lies_at_rest() {
    let template = template();
    let key = json!({ "Ref": "DataKeyArn" });
    let nothing = json!({ "Ref": "AWS::NoValue" });
    let mut seen = 0;
    for (name, resource) in template["Resources"].as_object().unwrap() {
        let made = &resource["Properties"];
        let keyed = if_keyed(&key, &nothing);
        match text(&resource["Type"]) {
            "AWS::DynamoDB::Table" => {
                let own = json!({ "SSEEnabled": true, "SSEType": "KMS", "KMSMasterKeyId": key });
                assert_eq!(made["SSESpecification"], if_keyed(&own, &nothing), "{name}");
            }
            "AWS::SQS::Queue" => {
                assert_eq!(made["KmsMasterKeyId"], keyed, "{name}");
                // SQS takes one of the two; without a key it is its own.
                let own = if_keyed(&nothing, &json!(true));
                assert_eq!(made["SqsManagedSseEnabled"], own, "{name}");
            }
            "AWS::Logs::LogGroup" => assert_eq!(made["KmsKeyId"], keyed, "{name}"),
            "AWS::SNS::Topic" => assert_eq!(made["KmsMasterKeyId"], keyed, "{name}"),
            "AWS::S3::Bucket" => {
                let rules = &made["BucketEncryption"]["ServerSideEncryptionConfiguration"];
                let rule = &rules[0]["ServerSideEncryptionByDefault"];
                assert_eq!(rule["KMSMasterKeyID"], keyed, "{name}");
                let algorithm = if_keyed(&json!("aws:kms"), &json!("AES256"));
                assert_eq!(rule["SSEAlgorithm"], algorithm, "{name}");
            }
            _ => continue,
        }
        seen += 1;
    }
    assert!(seen > 20, "{seen}");
}

#[test]
fn whoever_reads_or_writes_data_may_use_its_key_and_only_by_way_of_the_services_that_hold_it() {
    let template = template();
    let policy = &template["Resources"]["DataKeyPolicy"];
    assert_eq!(policy["Condition"], "DataHasAKey");
    let given: Vec<_> = policy["Properties"]["Roles"].as_array().unwrap().to_vec();
    let roles = template["Resources"].as_object().unwrap().iter();
    let roles = roles.filter(|(_, one)| one["Type"] == "AWS::IAM::Role");
    for (name, role) in roles {
        let policies = role["Properties"]["Policies"].to_string();
        let holds = ["dynamodb:", "sqs:", "s3:"].iter();
        let reaches_data = holds.clone().any(|service| policies.contains(service));
        assert_eq!(
            given.contains(&json!({ "Ref": name })),
            reaches_data,
            "{name}"
        );
    }
    let statement = &policy["Properties"]["PolicyDocument"]["Statement"][0];
    let ways = statement["Condition"]["StringEquals"]["kms:ViaService"].as_array();
    let ways: Vec<_> = ways
        .unwrap()
        .iter()
        .map(|way| text(way).split('.').next())
        .collect();
    assert_eq!(ways, [Some("dynamodb"), Some("sqs"), Some("s3")]);
}

#[test]
fn logs_are_kept_as_long_as_was_asked_for_and_every_function_has_its_own() {
    let template = template();
    let resources = template["Resources"].as_object().unwrap();
    for (name, one) in resources {
        if one["Type"] == "AWS::Logs::LogGroup" {
            let kept = &one["Properties"]["RetentionInDays"]["Ref"];
            assert_eq!(kept, "LogRetentionDays", "{name}");
        }
        if one["Type"] == "AWS::Lambda::Function" {
            let group = text(&one["Properties"]["LoggingConfig"]["LogGroup"]["Ref"]);
            let function = text(&one["Properties"]["FunctionName"]);
            let path = text(&resources[group]["Properties"]["LogGroupName"]);
            assert_eq!(path, format!("/aws/lambda/{function}"), "{name}");
        }
    }
}

/// The types that the account is charged for by the tag.
const TAGGED: [&str; 9] = [
    "AWS::DynamoDB::Table",
    "AWS::S3::Bucket",
    "AWS::SQS::Queue",
    "AWS::Lambda::Function",
    "AWS::Logs::LogGroup",
    "AWS::SNS::Topic",
    "AWS::IAM::Role",
    "AWS::Events::Rule",
    "AWS::Lambda::EventSourceMapping",
];

#[test]
fn what_can_be_charged_says_of_which_application_and_stage_it_is() {
    let template = template();
    let listed = json!([
        { "Key": "Application", "Value": "punctual" },
        { "Key": "Stage", "Value": { "Ref": "Stage" } },
    ]);
    let mapped = json!({ "Application": "punctual", "Stage": { "Ref": "Stage" } });
    for (name, one) in template["Resources"].as_object().unwrap() {
        let kind = text(&one["Type"]);
        let tags = &one["Properties"]["Tags"];
        if TAGGED.contains(&kind) {
            assert_eq!(*tags, listed, "{name}");
        } else if ["AWS::ApiGatewayV2::Api", "AWS::ApiGatewayV2::Stage"].contains(&kind) {
            assert_eq!(*tags, mapped, "{name}");
        }
    }
}
