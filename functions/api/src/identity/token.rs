//! A token (RFC 7519, signed as RFC 7515 says). Of an unverified one, only the algorithm and the key's id are looked at;
//! the payload is read after its signature has been verified. What a token says of keys (`jwk`, `jku`, `x5u`) counts for
//! nothing.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::{Algorithm, crypto};
use serde_json::{Map, Value};

use super::Refusal;
use super::jwk::{Key, MAX_KEY_ID_BYTES};
use crate::json::Strict;

/// A token whose signature has not been verified.
pub struct Unverified<'a> {
    algorithm: Algorithm,
    key_id: String,
    /// What is signed: header and payload, as they were sent.
    message: &'a str,
    payload: &'a str,
    signature: &'a str,
}

impl<'a> Unverified<'a> {
    /// Reads the header.
    pub fn read(token: &'a str) -> Result<Self, Refusal> {
        let malformed = Refusal::Invalid("the token is not a signed JWT");
        let (message, signature) = token.rsplit_once('.').ok_or(malformed)?;
        let (header, payload) = message.split_once('.').ok_or(malformed)?;
        if payload.contains('.') {
            return Err(malformed);
        }
        let header = object(header).ok_or(malformed)?;
        let algorithm = match header.get("alg").and_then(Value::as_str) {
            Some("RS256") => Algorithm::RS256,
            Some("ES256") => Algorithm::ES256,
            Some("EdDSA") => Algorithm::EdDSA,
            _ => return Err(Refusal::Invalid("the algorithm is not accepted")),
        };
        // An extension that must be understood (RFC 7515, section 4.1.11): none is.
        if header.contains_key("crit") || !header.get("typ").is_none_or(is_access_token) {
            return Err(Refusal::Invalid("the token is not of an accepted type"));
        }
        match header.get("kid").and_then(Value::as_str) {
            Some(id) if (1..=MAX_KEY_ID_BYTES).contains(&id.len()) => Ok(Self {
                algorithm,
                key_id: id.to_owned(),
                message,
                payload,
                signature,
            }),
            _ => Err(Refusal::Invalid("the token does not name its key")),
        }
    }

    /// The id of the key that it says it was signed with.
    pub fn key_id(&self) -> &str {
        &self.key_id
    }

    /// Verifies the signature, then reads the claims.
    pub fn verify(&self, key: &Key) -> Result<Map<String, Value>, Refusal> {
        if key.algorithm != self.algorithm {
            return Err(Refusal::Invalid("the key is of another algorithm"));
        }
        let verified = crypto::verify(
            self.signature,
            self.message.as_bytes(),
            &key.decoding,
            key.algorithm,
        );
        if !verified.unwrap_or(false) {
            return Err(Refusal::Invalid("the signature does not verify"));
        }
        object(self.payload).ok_or(Refusal::Invalid("the claims cannot be read"))
    }
}

/// Tokens of other types from the same issuer, for logging out say, must not open anything (RFC 8725, section 3.11).
fn is_access_token(typ: &Value) -> bool {
    let Some(typ) = typ.as_str().map(str::to_ascii_lowercase) else {
        return false;
    };
    let typ = typ.strip_prefix("application/").unwrap_or(&typ);
    matches!(typ, "jwt" | "at+jwt")
}

/// A JSON object in base64url, none of whose objects says a key twice.
fn object(part: &str) -> Option<Map<String, Value>> {
    let bytes = URL_SAFE_NO_PAD.decode(part).ok()?;
    match serde_json::from_slice(&bytes).ok()? {
        Strict(Value::Object(object)) => Some(object),
        Strict(_) => None,
    }
}
