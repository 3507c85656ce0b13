//! Secrets, by their owner and their name.

use super::PortResult;
use crate::domain::{SecretName, SecretText, UserId};

/// Where secrets are kept. Read only: they are put there by other means.
pub trait Secrets: Send + Sync {
    /// The text of `owner`'s secret, or `None` if there is none of this name. No name leads to another owner's.
    fn secret(
        &self,
        owner: &UserId,
        name: &SecretName,
    ) -> impl Future<Output = PortResult<Option<SecretText>>> + Send;
}

/// Nobody has a secret: for functions that make no calls of users' choice.
#[derive(Clone, Copy, Debug, Default)]
pub struct NoSecrets;

impl Secrets for NoSecrets {
    async fn secret(&self, _: &UserId, _: &SecretName) -> PortResult<Option<SecretText>> {
        Ok(None)
    }
}
