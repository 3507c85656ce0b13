//! Fills in what a channel names: who is called, and with which keys it is signed.

use std::collections::BTreeMap;

use crate::domain::{HookUrl, SecretName, SecretReference, SecretText, Sign};
use crate::port::Hook;

/// The texts of an owner's secrets, by their names.
pub type Revealed = BTreeMap<SecretName, SecretText>;

/// A channel names a secret that its owner does not have.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("there is no secret {0}")]
pub struct NoSuchSecret(pub SecretName);

/// The hook at `url`, signed as `sign` says.
pub(super) fn hook(
    url: &HookUrl,
    sign: Option<&Sign<SecretReference>>,
    revealed: &Revealed,
) -> Result<Hook, NoSuchSecret> {
    let text = |reference: &SecretReference| {
        let found = revealed.get(&reference.secret).cloned();
        found.ok_or_else(|| NoSuchSecret(reference.secret.clone()))
    };
    let keys = sign.map_or(&[][..], |sign| &sign.keys);
    Ok(Hook {
        url: match url {
            HookUrl::Plain(url) => SecretText::new(url.clone()),
            HookUrl::Secret(reference) => text(reference)?,
        },
        keys: keys.iter().map(text).collect::<Result<_, _>>()?,
    })
}
