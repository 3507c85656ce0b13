//! Where a list goes on, as text that a client hands back unread. What does not decode is not ours.

use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use serde::Serialize;
use serde::de::DeserializeOwned;

pub(super) fn encode(position: &impl Serialize) -> Option<String> {
    let json = serde_json::to_vec(position).ok()?;
    Some(BASE64_URL_SAFE_NO_PAD.encode(json))
}

pub(super) fn decode<T: DeserializeOwned>(cursor: &str) -> Option<T> {
    let json = BASE64_URL_SAFE_NO_PAD.decode(cursor).ok()?;
    serde_json::from_slice(&json).ok()
}
