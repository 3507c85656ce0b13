//! Secrets on AWS, as far as the stand-in answers for it: both stores, each under its own name, and one user's only.

use std::sync::Arc;

use punctual::aws::{AwsSecrets, Meter, SignedDoor};
use punctual::domain::{SecretText, UserId};
use punctual::port::{AwsApi, AwsService, Secrets, SignedCall};
use punctual_tests::Sandbox;
use serde_json::json;

async fn put(door: &SignedDoor, secrets: &AwsSecrets, owner: &UserId, name: &str, text: &str) {
    let full_name = secrets.full_name(owner, &name.parse().unwrap());
    let call = if name.starts_with("sm:") {
        let body = json!({ "Name": full_name, "SecretString": text, "ClientRequestToken": "0123456789abcdef0123456789abcdef" });
        let target = "secretsmanager.CreateSecret";
        SignedCall::json(AwsService::SecretsManager, "put", "1.1", target, &body)
    } else {
        let body = json!({ "Name": full_name, "Value": text, "Type": "SecureString" });
        SignedCall::json(
            AwsService::Ssm,
            "put",
            "1.1",
            "AmazonSSM.PutParameter",
            &body,
        )
    };
    door.call(call).await.unwrap();
}

#[tokio::test]
async fn a_name_leads_to_its_owner_s_secret_in_its_store() {
    let sandbox = Sandbox::new().await;
    let namespace = format!("punctual-{}", sandbox.namespace);
    let door = sandbox
        .clients
        .door(&namespace, &Arc::new(Meter::default()))
        .unwrap();
    let secrets = AwsSecrets::new(door.clone(), &namespace);
    let ann = UserId::new("Ann@example.com").unwrap();
    let bob = UserId::new("bob").unwrap();
    let stage = &sandbox.namespace;
    let name = "key".parse().unwrap();
    let expected = format!("/punctual/{stage}/secrets/_41nn_40example_2ecom/key");
    assert_eq!(secrets.full_name(&ann, &name), expected);
    put(&door, &secrets, &ann, "key", "a parameter").await;
    put(&door, &secrets, &ann, "sm:key", "a secret").await;
    for (owner, name, expected) in [
        (&ann, "key", Some("a parameter")),
        (&ann, "ssm:key", Some("a parameter")),
        (&ann, "sm:key", Some("a secret")),
        (&ann, "other", None),
        (&ann, "sm:other", None),
        (&bob, "key", None),
        (&bob, "sm:key", None),
    ] {
        let found = secrets.secret(owner, &name.parse().unwrap()).await.unwrap();
        assert_eq!(
            found.as_ref().map(SecretText::reveal),
            expected,
            "{owner} {name}"
        );
    }
}
