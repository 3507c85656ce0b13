//! `sql`: executes one statement by the RDS Data API. Values travel beside the statement, never in it.

mod failure;
mod parameter;
mod rows;

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::json;
use utoipa::PartialSchema;
use utoipa::ToSchema;
use utoipa::openapi::{Object, ObjectBuilder, Type};

use self::parameter::Parameter;
use super::payload::Place;
use super::target::{ArnOf, CALL_TIMEOUT, Kind, RoleArn, caller, is_plain};
use super::{Attempt, JobType, ends};
use crate::domain::Invalid;
use crate::plan::Ended;
use crate::port::{AwsApi, AwsService, SignedCall};

const MAX_STATEMENT_BYTES: usize = 65_536;
const MAX_PARAMETERS: usize = 100;

/// The Data API answers with a megabyte at most.
const MAX_ANSWER_BYTES: usize = 2 * 1_024 * 1_024;

pub(super) struct Sql<A> {
    pub(super) aws: A,
}

#[derive(Clone, Debug)]
pub(super) struct Cluster;

type ClusterArn = ArnOf<Cluster>;

impl Kind for Cluster {
    const SERVICE: &'static str = "rds";
    const PREFIX: &'static str = "cluster:";
    const NAME: &'static str = "[A-Za-z0-9_-]{1,63}";
    const MAX_NAME: usize = 63;
    const EXAMPLE: &'static str = "arn:aws:rds:eu-west-1:123456789012:cluster:punctual-target-shop";

    fn is_name(name: &str) -> bool {
        is_plain(name)
    }
}

#[derive(Clone, Debug)]
pub(super) struct Secret;

type SecretArn = ArnOf<Secret>;

impl Kind for Secret {
    const SERVICE: &'static str = "secretsmanager";
    const PREFIX: &'static str = "secret:";
    const NAME: &'static str = "[A-Za-z0-9/_+=.@!-]{1,256}";
    const EXAMPLE: &'static str =
        "arn:aws:secretsmanager:eu-west-1:123456789012:secret:punctual-target-shop-a1b2c3";

    fn is_name(name: &str) -> bool {
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"/_+=.@!-".contains(&byte);
        !name.is_empty() && name.bytes().all(plain)
    }
}

/// The statement to execute.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Payload {
    /// The Aurora cluster, with its Data API enabled.
    #[schema(inline)]
    resource_arn: ClusterArn,
    /// The secret that holds the database user and its password.
    #[schema(inline)]
    secret_arn: SecretArn,
    /// The database.
    #[schema(pattern = "^[A-Za-z0-9_-]{1,63}$")]
    database: String,
    /// One statement. `:name` stands for the parameter of that name.
    #[schema(
        min_length = 1,
        example = "DELETE FROM sessions WHERE expires_at < :until"
    )]
    statement: String,
    /// What the statement's names stand for.
    #[serde(default)]
    #[schema(schema_with = parameters)]
    parameters: BTreeMap<String, Parameter>,
    /// How many rows are kept of the result.
    #[serde(default = "twenty")]
    #[schema(default = twenty, minimum = 0, maximum = 100)]
    max_rows: usize,
    /// The calls are made under this role; without one, under Punctual's own, which reaches `punctual-target-*` only.
    #[schema(inline)]
    role_arn: Option<RoleArn>,
}

fn twenty() -> usize {
    20
}

fn parameters() -> Object {
    let name = ObjectBuilder::new()
        .schema_type(Type::String)
        .pattern(Some("^[A-Za-z_][A-Za-z0-9_]{0,62}$"));
    ObjectBuilder::new()
        .description(Some("What the statement's names stand for."))
        .property_names(Some(name))
        .additional_properties(Some(<Parameter as PartialSchema>::schema()))
        .max_properties(Some(MAX_PARAMETERS))
        .examples([json!({ "until": { "value": "2026-11-21 00:00:00", "type": "timestamp" } })])
        .build()
}

impl<A: AwsApi> JobType for Sql<A> {
    const NAME: &'static str = "sql";
    type Payload = Payload;

    fn place(path: &[&str]) -> Place {
        match path {
            ["parameters", ..] => Place::JSON,
            _ => Place::FIXED,
        }
    }

    fn check(payload: &Payload) -> Result<(), Invalid> {
        let refuse = |field: &str, reason| Err(Invalid::new(format!("payload.{field}"), reason));
        let role = payload.role_arn.as_ref();
        payload.resource_arn.check("resource_arn", role)?;
        payload.secret_arn.check("secret_arn", role)?;
        if payload.database.len() > 63 || !is_plain(&payload.database) {
            return refuse("database", "must be 1 to 63 letters, digits, _ and -");
        }
        if payload.statement.trim().is_empty() {
            return refuse("statement", "must not be empty");
        }
        if payload.statement.len() > MAX_STATEMENT_BYTES || payload.statement.contains('\0') {
            return refuse("statement", "must be at most 64 KB, without NUL");
        }
        if payload.parameters.len() > MAX_PARAMETERS {
            return refuse("parameters", "must be at most 100 parameters");
        }
        for (name, parameter) in &payload.parameters {
            let field = format!("parameters.{name}");
            let is_name = name.len() <= 63
                && name.starts_with(|first: char| first.is_ascii_alphabetic() || first == '_')
                && name
                    .bytes()
                    .all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
            if !is_name {
                return refuse(
                    &field,
                    "is not the name of a parameter: letters, digits and _",
                );
            }
            if let Some(why) = parameter.unusable() {
                return refuse(&field, why);
            }
        }
        if payload.max_rows > 100 {
            return refuse("max_rows", "must be from 0 to 100");
        }
        Ok(())
    }

    async fn run(&self, attempt: &Attempt, payload: Payload) -> Ended {
        let parameters = payload.parameters.iter();
        let parameters = parameters.map(|(name, parameter)| parameter.bound(name));
        let request = json!({
            "resourceArn": payload.resource_arn.arn().to_string(),
            "secretArn": payload.secret_arn.arn().to_string(),
            "database": payload.database,
            "sql": payload.statement,
            "parameters": parameters.collect::<Vec<_>>(),
            "includeResultMetadata": true,
            "continueAfterTimeout": false,
        });
        let request = request.to_string().into_bytes();
        let call = SignedCall {
            path: "/Execute".to_owned(),
            timeout: CALL_TIMEOUT,
            max_answer_bytes: MAX_ANSWER_BYTES,
            ..SignedCall::post(AwsService::RdsData, "rds-data.ExecuteStatement", request)
                .header("content-type", "application/json".to_owned())
                .within(
                    Some(payload.resource_arn.region()),
                    caller(payload.role_arn.as_ref(), attempt),
                )
        };
        match self.aws.call(call).await {
            Ok(answer) => ends::succeeded(rows::output(&answer.json(), payload.max_rows)),
            Err(failure) => failure::ended(failure),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;
    use crate::jobtype::doors::Closed;

    fn payload() -> Value {
        json!({
            "resource_arn": Cluster::EXAMPLE,
            "secret_arn": Secret::EXAMPLE,
            "database": "shop",
            "statement": "SELECT :id",
            "parameters": { "id": 7 },
        })
    }

    fn check(payload: Value) -> Result<(), String> {
        let payload = serde_json::from_value(payload).map_err(|error| error.to_string())?;
        Sql::<Closed>::check(&payload).map_err(|invalid| invalid.field)
    }

    #[test]
    fn what_the_data_api_would_refuse_is_refused_at_once() {
        assert_eq!(check(payload()), Ok(()));
        for (field, value, named) in [
            (
                "resource_arn",
                json!("arn:aws:rds:eu-west-1:123456789012:db:punctual-target-x"),
                "must be an ARN",
            ),
            (
                "resource_arn",
                json!("arn:aws:rds:eu-west-1:123456789012:cluster:other"),
                "payload.resource_arn",
            ),
            (
                "secret_arn",
                json!("arn:aws:secretsmanager:eu-west-1:123456789012:secret:other"),
                "payload.secret_arn",
            ),
            ("database", json!("a b"), "payload.database"),
            ("statement", json!(" "), "payload.statement"),
            ("statement", json!("a\u{0}"), "payload.statement"),
            ("parameters", json!({ "1a": 1 }), "payload.parameters.1a"),
            (
                "parameters",
                json!({ "a": { "blob": "?" } }),
                "payload.parameters.a",
            ),
            ("parameters", json!({ "a": [1] }), "did not match"),
            ("max_rows", json!(101), "payload.max_rows"),
            ("sql", json!(""), "unknown field"),
        ] {
            let mut bad = payload();
            bad[field] = value;
            let refusal = check(bad).unwrap_err();
            assert!(refusal.contains(named), "{field}: {refusal}");
        }
    }
}
