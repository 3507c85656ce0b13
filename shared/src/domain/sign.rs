//! What a call is signed with: one key, or two while one is being replaced.

use serde::{Deserialize, Serialize};
use utoipa::openapi::schema::AdditionalProperties;
use utoipa::openapi::{Array, ArrayBuilder, Object, ObjectBuilder};

use super::{Invalid, secret_reference};

/// What to sign with. On record its keys are names of secrets; for who signs, their texts.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Sign<K> {
    /// Secrets of the form `whsec_<base64>`: one, or two while a key is being replaced. Each signs.
    pub keys: Vec<K>,
}

impl<K> Sign<K> {
    /// Checks what its shape cannot say.
    ///
    /// # Errors
    /// [`Invalid`] names the field under `field`.
    pub fn check(&self, field: &str) -> Result<(), Invalid> {
        if (1..=2).contains(&self.keys.len()) {
            return Ok(());
        }
        Err(Invalid::new(
            format!("{field}.keys"),
            "must be one key or two",
        ))
    }
}

/// What it looks like to its users, whatever its keys are held as: they are names.
pub fn signed_with() -> Object {
    ObjectBuilder::new()
        .description(Some(
            "Signs by the Standard Webhooks scheme, so that the receiver can tell it from anybody's.",
        ))
        .property("keys", signing_keys())
        .required("keys")
        .additional_properties(Some(AdditionalProperties::FreeForm(false)))
        .build()
}

fn signing_keys() -> Array {
    ArrayBuilder::new()
        .description(Some(
            "Secrets of the form `whsec_<base64>`: one, or two while a key is being replaced. Each signs.",
        ))
        .items(secret_reference())
        .min_items(Some(1))
        .max_items(Some(2))
        .build()
}
