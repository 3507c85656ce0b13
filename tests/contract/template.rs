//! The AWS template makes the tables and queues that the code defines, and gives the functions what they read.

mod at_rest;
mod choices;
mod rights;
mod sources;
mod variables;

use std::collections::BTreeSet;
use std::sync::Arc;

use punctual::aws::{
    AwsSecrets, Clients, DLQ_RETENTION_SECONDS, DLQ_VISIBILITY_SECONDS, Endpoint, PARTITION_KEY,
    QUEUES, SORT_KEY, TABLES, TTL_ATTRIBUTE, external_id,
};
use punctual::domain::{
    Band, Execution, ScriptName, TARGET_PORTS, TARGET_PREFIX, Tier, TimeoutSeconds, UserId,
};
use punctual::edge::{MESSAGES_PER_INVOCATION, concurrency_variable};
use punctual::usecase::MAX_WAIT;
use punctual_api::access::{Access, TABLE};
use punctual_api::identity::{DEFAULT_ROLE_CLAIM, IdentityConfig};
use punctual_script::Catalog;
use serde_json::{Value, json};

use crate::read;

fn template() -> Value {
    serde_yaml_ng::from_str(&read("infra/template.yaml")).unwrap()
}

/// The one resource of `kind` whose property `name` ends in `suffix`.
fn resource(template: &Value, kind: &str, name: &str, suffix: &str) -> Value {
    let resources = template["Resources"].as_object().unwrap();
    let found: Vec<_> = resources
        .values()
        .filter(|resource| resource["Type"] == kind)
        .filter(|resource| text(&resource["Properties"][name]).ends_with(&format!("}}-{suffix}")))
        .collect();
    assert_eq!(found.len(), 1, "{kind} {suffix}");
    found[0].clone()
}

/// A string, plain or under `Fn::Sub`.
fn text(value: &Value) -> &str {
    value
        .as_str()
        .or_else(|| value["Fn::Sub"].as_str())
        .unwrap_or_default()
}

fn key_schema(partition: &str, sort: &str) -> Value {
    json!([
        { "AttributeName": partition, "KeyType": "HASH" },
        { "AttributeName": sort, "KeyType": "RANGE" },
    ])
}

fn count(template: &Value, kind: &str) -> usize {
    let resources = template["Resources"].as_object().unwrap();
    resources
        .values()
        .filter(|resource| resource["Type"] == kind)
        .count()
}

#[test]
fn the_template_makes_the_tables_that_the_code_defines_and_no_other() {
    let template = template();
    assert_eq!(count(&template, "AWS::DynamoDB::Table"), TABLES.len());
    for table in TABLES {
        let made = resource(&template, "AWS::DynamoDB::Table", "TableName", table.suffix);
        let made = &made["Properties"];
        assert_eq!(made["BillingMode"], "PAY_PER_REQUEST", "{}", table.suffix);
        assert_eq!(
            made["KeySchema"],
            key_schema(PARTITION_KEY, SORT_KEY),
            "{}",
            table.suffix
        );
        assert_eq!(
            made["TimeToLiveSpecification"],
            json!({ "AttributeName": TTL_ATTRIBUTE, "Enabled": true })
        );
        let recovery = &made["PointInTimeRecoverySpecification"]["PointInTimeRecoveryEnabled"];
        assert_eq!(
            recovery.as_bool().unwrap_or(false),
            table.point_in_time_recovery,
            "{}",
            table.suffix
        );
        let indexes = table.indexes.iter().map(|index| {
            json!({
                "IndexName": index.name,
                "KeySchema": key_schema(index.partition_key, index.sort_key),
                "Projection": { "ProjectionType": "KEYS_ONLY" },
            })
        });
        let mut made_indexes = made["GlobalSecondaryIndexes"]
            .as_array()
            .cloned()
            .unwrap_or_default();
        for index in &mut made_indexes {
            index.as_object_mut().unwrap().remove("WarmThroughput");
        }
        assert_eq!(
            made_indexes,
            indexes.collect::<Vec<_>>(),
            "{}",
            table.suffix
        );
        let mut names = vec![PARTITION_KEY, SORT_KEY];
        names.extend(
            table
                .indexes
                .iter()
                .flat_map(|index| [index.partition_key, index.sort_key]),
        );
        let attributes = names
            .iter()
            .map(|name| json!({ "AttributeName": name, "AttributeType": "S" }));
        assert_eq!(
            made["AttributeDefinitions"],
            Value::Array(attributes.collect()),
            "{}",
            table.suffix
        );
    }
}

#[test]
fn no_function_may_change_or_delete_history() {
    let template = template();
    let resources = template["Resources"].as_object().unwrap();
    let (history, _) = resources
        .iter()
        .find(|(_, resource)| text(&resource["Properties"]["TableName"]).ends_with("-history"))
        .unwrap();
    let mut allowed = BTreeSet::new();
    for role in resources
        .values()
        .filter(|one| one["Type"] == "AWS::IAM::Role")
    {
        for policy in role["Properties"]["Policies"].as_array().unwrap() {
            for statement in policy["PolicyDocument"]["Statement"].as_array().unwrap() {
                if statement["Resource"] == "*" {
                    // There is no narrower resource for it, and it is about no table.
                    assert_eq!(statement["Action"], json!(["cloudwatch:GetMetricData"]));
                    continue;
                }
                if statement["Resource"].to_string().contains(history.as_str()) {
                    assert_eq!(statement["Effect"], "Allow");
                    let actions = statement["Action"].as_array().unwrap();
                    allowed.extend(actions.iter().map(|action| text(action).to_owned()));
                }
            }
        }
    }
    let expected = ["dynamodb:PutItem", "dynamodb:Query"].map(str::to_owned);
    assert_eq!(allowed, BTreeSet::from(expected));
}

#[test]
fn the_template_makes_the_queues_that_the_code_defines_and_no_other() {
    let template = template();
    assert_eq!(count(&template, "AWS::SQS::Queue"), 2 * QUEUES.len());
    for queue in QUEUES {
        let made = resource(&template, "AWS::SQS::Queue", "QueueName", queue.suffix);
        let made = &made["Properties"];
        assert_eq!(
            made["VisibilityTimeout"], queue.visibility_seconds,
            "{}",
            queue.suffix
        );
        assert_eq!(
            made["MessageRetentionPeriod"], queue.retention_seconds,
            "{}",
            queue.suffix
        );
        assert_eq!(
            made["RedrivePolicy"]["maxReceiveCount"], queue.max_receive_count,
            "{}",
            queue.suffix
        );
        let dlq = resource(
            &template,
            "AWS::SQS::Queue",
            "QueueName",
            &format!("{}-dlq", queue.suffix),
        );
        assert_eq!(
            dlq["Properties"]["MessageRetentionPeriod"],
            DLQ_RETENTION_SECONDS
        );
        if queue.suffix != "notifications" {
            assert_eq!(
                dlq["Properties"]["VisibilityTimeout"],
                DLQ_VISIBILITY_SECONDS
            );
        }
    }
}

#[test]
fn the_worker_reaches_what_was_named_for_jobs_and_assumes_roles_in_a_users_name_only() {
    let template = template();
    let variables = resource(&template, "AWS::Lambda::Function", "FunctionName", "worker");
    let variables = &variables["Properties"]["Environment"]["Variables"];
    assert_eq!(variables["PUNCTUAL_MAIL_FROM"]["Ref"], "MailFrom");
    let policies = &template["Resources"]["WorkerRole"]["Properties"]["Policies"];
    let statements = policies[0]["PolicyDocument"]["Statement"]
        .as_array()
        .unwrap();
    let statement = |sid: &str| statements.iter().find(|one| one["Sid"] == sid).unwrap();
    for target in statement("Targets")["Resource"].as_array().unwrap() {
        let arn = text(target);
        assert!(arn.contains(":${AWS::Region}:${AWS::AccountId}:"), "{arn}");
        assert!(arn.ends_with(&format!("{TARGET_PREFIX}*")), "{arn}");
    }
    let roles = statement("RolesOfOwners");
    let user = UserId::new("alice").unwrap();
    let condition = text(&roles["Condition"]["StringLike"]["sts:ExternalId"]);
    let pattern = condition.replace("${Stage}", "dev");
    let id = external_id("punctual-dev", &user);
    assert!(id.starts_with(pattern.trim_end_matches('*')), "{id}");
    assert!(text(&roles["Resource"][0]).ends_with(&format!("role/{TARGET_PREFIX}*")));
    // A stage of this name would put Punctual's own queues and functions within reach.
    let stages = text(&template["Parameters"]["Stage"]["AllowedPattern"]);
    assert!(stages.starts_with("(?!target$)"), "{stages}");
}

/// What a role's statement allows, and on what.
fn statement(template: &Value, role: &str, sid: &str) -> (Value, Value) {
    let policies = &template["Resources"][role]["Properties"]["Policies"];
    let statements = policies[0]["PolicyDocument"]["Statement"].as_array();
    let found = statements.unwrap().iter().find(|one| one["Sid"] == sid);
    let found = found.unwrap_or_else(|| panic!("{role} has no {sid}"));
    (found["Action"].clone(), found["Resource"].clone())
}

/// What a role's statement does, and to what.
fn statement_effect(template: &Value, role: &str, sid: &str) -> (Value, Value) {
    let found = rights::statements(template);
    let mut found = found.into_iter().filter(|(name, _)| name == role);
    let found = found.find(|(_, one)| one["Sid"] == sid);
    let (_, found) = found.unwrap_or_else(|| panic!("{role} has no {sid}"));
    (found["Effect"].clone(), found["Resource"].clone())
}

#[test]
fn results_are_written_by_the_workers_read_by_the_api_and_outlive_their_records_by_a_day() {
    let template = template();
    for (function, role, expected) in [
        ("worker", "WorkerRole", json!(["s3:PutObject"])),
        ("long", "WorkerRole", json!(["s3:PutObject"])),
        // Workers outside hand their results to the API.
        ("api", "ApiRole", json!(["s3:GetObject", "s3:PutObject"])),
    ] {
        let made = resource(&template, "AWS::Lambda::Function", "FunctionName", function);
        let variables = &made["Properties"]["Environment"]["Variables"];
        let bucket = &variables["PUNCTUAL_RESULTS_BUCKET"]["Ref"];
        assert_eq!(bucket, "ResultsBucket", "{function}");
        let (actions, resources) = statement(&template, role, "Results");
        assert_eq!(actions, expected, "{function}");
        assert_eq!(resources, json!([{ "Fn::Sub": "${ResultsBucket.Arn}/*" }]));
    }
    let rules = &template["Resources"]["ResultsBucket"]["Properties"]["LifecycleConfiguration"];
    let kept = rules["Rules"][0]["ExpirationInDays"].as_i64().unwrap();
    assert_eq!(kept, Execution::RETENTION.num_days() + 1);
}

/// Who makes attempts, and who tells.
const SECRET_READERS: [&str; 2] = ["WorkerRole", "DlqRole"];

#[tokio::test]
async fn secrets_are_read_where_the_code_looks_for_them() {
    let template = template();
    let (actions, resources) = statement(&template, "WorkerRole", "SecretsOfUsers");
    let patterns: Vec<_> = resources.as_array().unwrap().iter().map(text).collect();
    let clients = Clients::new(Some(&Endpoint("http://127.0.0.1:9".to_owned()))).await;
    let door = clients.door("punctual-dev", &Arc::default()).unwrap();
    let secrets = AwsSecrets::new(door, "punctual-dev");
    let user = UserId::new("alice").unwrap();
    for (name, pattern, before) in [
        ("key", patterns[0], "parameter"),
        ("sm:key", patterns[1], "secret:"),
    ] {
        let (_, pattern) = pattern.split_once(before).unwrap();
        let pattern = pattern.replace("${Stage}", "dev");
        let full_name = secrets.full_name(&user, &name.parse().unwrap());
        let beginning = pattern.strip_suffix('*').unwrap();
        assert!(full_name.starts_with(beginning), "{full_name} {pattern}");
    }
    let told = statement(&template, "DlqRole", "SecretsOfUsers");
    assert_eq!(told, (actions, resources));
}

#[test]
fn no_role_but_those_two_reads_users_secrets_or_decrypts_with_their_key() {
    let template = template();
    let key = |role: &Value| -> Vec<Value> {
        let policy = &role["Properties"]["Policies"][0]["PolicyDocument"];
        let statements = policy["Statement"].as_array();
        let conditional = statements.into_iter().flatten().map(|one| &one["Fn::If"]);
        let keys = conditional.filter(|one| one[0] == "SecretsHaveAKey");
        keys.map(|one| one[1].clone()).collect()
    };
    let resources = template["Resources"].as_object().unwrap();
    let roles = resources.iter();
    let roles = roles.filter(|(_, resource)| resource["Type"] == "AWS::IAM::Role");
    let of_worker = key(&template["Resources"]["WorkerRole"]);
    assert_eq!(of_worker[0]["Sid"], "KeyOfSecrets");
    let mut readers = 0;
    for (name, role) in roles {
        let reads = SECRET_READERS.contains(&name.as_str());
        readers += usize::from(reads);
        assert_eq!(role.to_string().contains("/secrets/*"), reads, "{name}");
        let expected = if reads { &of_worker[..] } else { &[] };
        assert_eq!(key(role), expected, "{name}");
    }
    assert_eq!(readers, SECRET_READERS.len());
}

#[test]
fn what_sends_to_queues_that_it_reads_is_not_taken_for_a_loop() {
    let template = template();
    for function in ["worker", "long", "dlq"] {
        let made = resource(&template, "AWS::Lambda::Function", "FunctionName", function);
        assert_eq!(made["Properties"]["RecursiveLoop"], "Allow", "{function}");
    }
}

#[test]
fn whoever_may_record_an_end_may_ask_for_it_to_be_told() {
    let template = template();
    for role in ["ApiRole", "WorkerRole", "DlqRole"] {
        let (actions, resources) = statement(&template, role, "Notifications");
        assert!(actions.to_string().contains("sqs:SendMessage"), "{role}");
        assert!(
            resources.to_string().contains("NotificationsQueue"),
            "{role}"
        );
    }
}

#[test]
fn scanner_and_api_know_how_much_the_workers_can_take() {
    let template = template();
    for band in Band::ALL {
        let name = band.name();
        let (first, rest) = name.split_at(1);
        let capitalized = format!("{}{rest}", first.to_uppercase());
        let parameter = format!("{capitalized}Concurrency");
        for function in ["api", "scanner"] {
            let made = resource(&template, "AWS::Lambda::Function", "FunctionName", function);
            let variables = &made["Properties"]["Environment"]["Variables"];
            assert_eq!(variables[concurrency_variable(band)]["Ref"], parameter);
        }
        let source = &template["Resources"][format!("{capitalized}ToWorker")]["Properties"];
        assert_eq!(source["BatchSize"], MESSAGES_PER_INVOCATION);
        let limit = &source["ScalingConfig"];
        // The band high may have pollers of its own instead.
        let limit = limit.get("Fn::If").map_or(limit, |either| &either[2]);
        assert_eq!(limit["MaximumConcurrency"]["Ref"], parameter);
    }
}

#[test]
fn long_attempts_have_the_workers_code_and_rights_and_a_function_to_themselves() {
    let template = template();
    let function = |name| resource(&template, "AWS::Lambda::Function", "FunctionName", name);
    let (worker, long) = (function("worker"), function("long"));
    let (worker, long) = (&worker["Properties"], &long["Properties"]);
    for same in ["Code", "Role", "Environment", "Runtime", "MemorySize"] {
        assert_eq!(worker[same], long[same], "{same}");
    }
    let timeout = |function: &Value| function["Timeout"].as_u64().unwrap();
    let seconds = |timeout: TimeoutSeconds| u64::from(u32::from(timeout));
    // For what comes before the handler, ten seconds of earliness among it, and after it.
    assert!(timeout(worker) >= seconds(TimeoutSeconds::MAX_SHORT) + 30);
    assert!(timeout(long) >= seconds(TimeoutSeconds::MAX_RUN) + 30);
    let source = &template["Resources"]["LongToLong"]["Properties"];
    assert_eq!(source["FunctionName"]["Ref"], "LongFunction");
    assert_eq!(source["EventSourceArn"]["Fn::GetAtt"][0], "LongQueue");
    // One that ends early is not kept from being deleted by one that goes on.
    assert_eq!(source["BatchSize"], 1);
    let most = &source["ScalingConfig"]["MaximumConcurrency"]["Ref"];
    assert_eq!(most, "LongConcurrency");
}

#[test]
fn the_api_knows_the_scripts_that_are_built_in_and_the_worker_may_invoke_their_function() {
    let template = template();
    let api = resource(&template, "AWS::Lambda::Function", "FunctionName", "api");
    let variables = &api["Properties"]["Environment"]["Variables"];
    assert_eq!(variables["PUNCTUAL_SCRIPTS"]["Ref"], "Scripts");
    let named = text(&template["Parameters"]["Scripts"]["Default"]).split(',');
    let catalog = Catalog::embedded().unwrap();
    let built_in = catalog.names().map(ScriptName::as_str);
    assert_eq!(named.collect::<Vec<_>>(), built_in.collect::<Vec<_>>());
    let policies = &template["Resources"]["WorkerRole"]["Properties"]["Policies"];
    let statements = policies[0]["PolicyDocument"]["Statement"].as_array();
    let scripts = statements
        .unwrap()
        .iter()
        .find(|one| one["Sid"] == "Scripts");
    let scripts = scripts.unwrap();
    assert_eq!(scripts["Action"], json!(["lambda:InvokeFunction"]));
    assert_eq!(
        scripts["Resource"],
        json!([{ "Fn::GetAtt": ["ScriptFunction", "Arn"] }])
    );
}

#[test]
fn the_function_that_runs_scripts_may_do_nothing_but_log() {
    let template = template();
    let script = resource(&template, "AWS::Lambda::Function", "FunctionName", "script");
    let script = &script["Properties"];
    assert_eq!(script["Environment"], Value::Null, "a script could read it");
    let role = text(&script["Role"]["Fn::GetAtt"][0]);
    let policies = &template["Resources"][role]["Properties"]["Policies"];
    let statements = policies[0]["PolicyDocument"]["Statement"]
        .as_array()
        .unwrap();
    assert_eq!(policies.as_array().unwrap().len(), 1);
    let allowed = statements.iter().filter(|one| one["Effect"] == "Allow");
    let allowed: Vec<_> = allowed.map(|one| &one["Action"]).collect();
    assert_eq!(
        allowed,
        [&json!(["logs:CreateLogStream", "logs:PutLogEvents"])]
    );
}

#[test]
fn a_scripts_own_time_limit_comes_before_its_functions() {
    let template = template();
    let script = resource(&template, "AWS::Lambda::Function", "FunctionName", "script");
    let timeout = script["Properties"]["Timeout"].as_u64().unwrap();
    assert!(timeout > u64::from(u32::from(TimeoutSeconds::MAX_RUN)));
}

#[test]
fn whoever_checks_or_calls_targets_knows_their_ports_and_no_address_can_be_opened() {
    let template = template();
    for function in ["api", "worker", "dlq"] {
        let made = resource(&template, "AWS::Lambda::Function", "FunctionName", function);
        let variables = &made["Properties"]["Environment"]["Variables"];
        assert_eq!(
            variables["PUNCTUAL_TARGET_PORTS"]["Ref"], "TargetPorts",
            "{function}"
        );
    }
    let usual = TARGET_PORTS.map(|port| port.to_string()).join(",");
    assert_eq!(template["Parameters"]["TargetPorts"]["Default"], usual);
}

#[test]
fn the_api_and_the_worker_get_the_plans() {
    let template = template();
    for function in ["api", "worker"] {
        let made = resource(&template, "AWS::Lambda::Function", "FunctionName", function);
        let variables = &made["Properties"]["Environment"]["Variables"];
        for (variable, parameter) in [
            ("PUNCTUAL_PLANS", "Plans"),
            ("PUNCTUAL_DEFAULT_PLAN", "DefaultPlan"),
        ] {
            assert_eq!(variables[variable]["Ref"], parameter, "{function}");
            assert!(template["Parameters"][parameter].is_object());
        }
    }
    let offered = &template["Parameters"]["DefaultPlan"]["AllowedValues"];
    assert_eq!(*offered, json!(Tier::ALL.map(Tier::name)));
}

#[test]
fn the_gateway_asks_for_a_token_wherever_the_access_table_does() {
    let template = template();
    let routes = template["Resources"].as_object().unwrap().values();
    let routes = routes
        .filter(|resource| resource["Type"] == "AWS::ApiGatewayV2::Route")
        .map(|route| &route["Properties"]);
    let (open, closed): (Vec<_>, Vec<_>) =
        routes.partition(|route| route["AuthorizationType"] == "NONE");
    let mut open: Vec<_> = open.iter().map(|route| text(&route["RouteKey"])).collect();
    let public = TABLE.iter().filter(|row| row.access == Access::Public);
    // API Gateway says nothing of a slash at a path's end: nothing leads to that one, and it is the local host's courtesy.
    let public = public.filter(|row| row.path != "/console/");
    let mut public: Vec<_> = public
        .map(|row| format!("{} {}", row.method, row.path.replace("{*path}", "{path+}")))
        .collect();
    open.sort_unstable();
    public.sort_unstable();
    assert_eq!(open, public);
    assert_eq!(closed.len(), 1, "one route takes all the rest");
    assert_eq!(closed[0]["RouteKey"], "$default");
    assert_eq!(closed[0]["AuthorizationType"], "JWT");
    let authorizer = &template["Resources"]["HttpApiAuthorizer"]["Properties"];
    assert_eq!(closed[0]["AuthorizerId"]["Ref"], "HttpApiAuthorizer");
    assert_eq!(authorizer["AuthorizerType"], "JWT");
}

#[test]
fn the_api_of_the_template_believes_its_gateway() {
    let template = template();
    let api = resource(&template, "AWS::Lambda::Function", "FunctionName", "api");
    let variables = &api["Properties"]["Environment"]["Variables"];
    let config = IdentityConfig::from_lookup(|name| match &variables[name] {
        Value::String(value) => Some(value.clone()),
        Value::Object(reference) => {
            let parameter = reference["Ref"].as_str().unwrap();
            template["Parameters"][parameter]["Default"]
                .as_str()
                .map(ToOwned::to_owned)
        }
        _ => None,
    });
    let role_claim = DEFAULT_ROLE_CLAIM.to_owned();
    assert_eq!(config.unwrap(), IdentityConfig::Gateway { role_claim });
}

#[test]
fn the_api_outlasts_a_poll_and_the_gateway_outlasts_the_api() {
    let template = template();
    let api = resource(&template, "AWS::Lambda::Function", "FunctionName", "api");
    let timeout = api["Properties"]["Timeout"].as_i64().unwrap();
    assert!(timeout >= MAX_WAIT.num_seconds() + 5);
    // The limit of an HTTP API, which is also what it takes if its integration says nothing.
    assert!(timeout < 30);
}

#[test]
fn no_message_comes_back_while_its_function_may_still_work_on_it() {
    let template = template();
    let timeout = |function| {
        resource(&template, "AWS::Lambda::Function", "FunctionName", function)["Properties"]["Timeout"].as_u64().unwrap()
    };
    for queue in QUEUES {
        let reader = match queue.suffix {
            "notifications" => "dlq",
            "long" => "long",
            _ => "worker",
        };
        assert!(
            u64::from(queue.visibility_seconds) >= timeout(reader),
            "{}",
            queue.suffix
        );
    }
}
