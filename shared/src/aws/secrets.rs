//! Secrets on AWS. A secret's name is built from its owner's and its own, so that a function's permission and a name alike
//! end at the owner's namespace.

use serde_json::json;

use super::SignedDoor;
use crate::domain::{SecretName, SecretStore, SecretText, UserId, path_segment};
use crate::port::{AwsApi, AwsFailure, AwsService, PortError, PortResult, Secrets, SignedCall};

const GET_PARAMETER: &str = "ssm.GetParameter";
const GET_SECRET: &str = "secretsmanager.GetSecretValue";

/// SSM Parameter Store, `/punctual/<stage>/secrets/<user>/<name>`, and Secrets Manager, `punctual/<stage>/<user>/<name>`.
#[derive(Clone, Debug)]
pub struct AwsSecrets {
    door: SignedDoor,
    stage: String,
}

impl AwsSecrets {
    /// The secrets of a deployment, `punctual-<stage>`.
    pub fn new(door: SignedDoor, namespace: &str) -> Self {
        let stage = namespace.strip_prefix("punctual-").unwrap_or(namespace);
        let stage = stage.to_owned();
        Self { door, stage }
    }

    /// What the store calls a user's secret.
    pub fn full_name(&self, owner: &UserId, name: &SecretName) -> String {
        let (stage, owner, name_text) = (&self.stage, path_segment(owner), name.as_str());
        match name.store() {
            SecretStore::ParameterStore => format!("/punctual/{stage}/secrets/{owner}/{name_text}"),
            SecretStore::SecretsManager => format!("punctual/{stage}/{owner}/{name_text}"),
        }
    }
}

impl Secrets for AwsSecrets {
    async fn secret(&self, owner: &UserId, name: &SecretName) -> PortResult<Option<SecretText>> {
        let full_name = self.full_name(owner, name);
        let (call, pointer) = match name.store() {
            SecretStore::ParameterStore => {
                let body = json!({ "Name": full_name, "WithDecryption": true });
                let target = "AmazonSSM.GetParameter";
                let call = SignedCall::json(AwsService::Ssm, GET_PARAMETER, "1.1", target, &body);
                (call, "/Parameter/Value")
            }
            SecretStore::SecretsManager => {
                let body = json!({ "SecretId": full_name });
                let target = "secretsmanager.GetSecretValue";
                let service = AwsService::SecretsManager;
                let call = SignedCall::json(service, GET_SECRET, "1.1", target, &body);
                (call, "/SecretString")
            }
        };
        let operation = call.operation;
        let answer = match self.door.call(call).await {
            Ok(answer) => answer.json(),
            Err(failure) if is_missing(&failure) => return Ok(None),
            Err(failure) => return Err(failure.into()),
        };
        match answer.pointer(pointer).and_then(|value| value.as_str()) {
            Some(text) => Ok(Some(SecretText::new(text.to_owned()))),
            None => Err(PortError::Corrupt {
                operation,
                source: "the secret is not text".into(),
            }),
        }
    }
}

fn is_missing(failure: &AwsFailure) -> bool {
    let codes = ["ParameterNotFound", "ResourceNotFoundException"];
    codes.contains(&failure.code.as_str())
}
