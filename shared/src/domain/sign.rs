//! What a call is signed with: one key, or two while one is being replaced.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa::openapi::{Array, ArrayBuilder};

use super::{Invalid, secret_reference};

/// What to sign with. On record its keys are names of secrets; for who signs, their texts.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Sign<K> {
    /// Secrets of the form `whsec_<base64>`: one, or two while a key is being replaced. Each signs.
    #[schema(schema_with = signing_keys)]
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

fn signing_keys() -> Array {
    ArrayBuilder::new()
        .items(secret_reference())
        .min_items(Some(1))
        .max_items(Some(2))
        .build()
}
