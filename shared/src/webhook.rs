//! Signs calls by the Standard Webhooks scheme (standardwebhooks.com). Pure: the same id, instant, body and keys always
//! give the same headers. A key never shows in a log or an error.

use std::fmt::Write;

use base64::prelude::{BASE64_STANDARD, Engine};
use chrono::{DateTime, Utc};
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

/// The message's id: the same for every attempt to deliver it.
pub const ID: &str = "webhook-id";
/// When it was sent, in seconds since 1970: receivers refuse what is minutes old, so a replay does not go far.
pub const TIMESTAMP: &str = "webhook-timestamp";
/// One signature per key, parted by spaces.
pub const SIGNATURE: &str = "webhook-signature";

/// What keys begin with.
const KEY_PREFIX: &str = "whsec_";
/// How many bytes the scheme wants a key to have.
const KEY_BYTES: std::ops::RangeInclusive<usize> = 24..=64;

/// The message id that stands for `key`, whatever it is made of: no two keys share one. The scheme parts an id from what
/// follows it by a dot, so it has none; what is neither letter, digit, hyphen, underscore nor colon is percent-encoded.
pub fn message_id(key: &str) -> String {
    let mut id = String::with_capacity(key.len());
    for byte in key.bytes() {
        if byte.is_ascii_alphanumeric() || b"-_:".contains(&byte) {
            id.push(byte.into());
        } else {
            let _ = write!(id, "%{byte:02X}");
        }
    }
    id
}

/// A symmetric key that a sender and a receiver share.
pub struct SigningKey(Vec<u8>);

/// A text is not a key. It does not say what the text was.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a signing key must be whsec_ and the Base64 of 24 to 64 bytes")]
pub struct NotAKey;

impl SigningKey {
    /// Reads a key as the scheme writes it: `whsec_<base64>`.
    ///
    /// # Errors
    /// [`NotAKey`] if it is anything else.
    pub fn parse(text: &str) -> Result<Self, NotAKey> {
        let encoded = text.strip_prefix(KEY_PREFIX).ok_or(NotAKey)?;
        let bytes = BASE64_STANDARD.decode(encoded).map_err(|_| NotAKey)?;
        if KEY_BYTES.contains(&bytes.len()) {
            Ok(Self(bytes))
        } else {
            Err(NotAKey)
        }
    }

    fn sign(&self, content: &[&[u8]]) -> Result<String, NotAKey> {
        let mut mac = Hmac::<Sha256>::new_from_slice(&self.0).map_err(|_| NotAKey)?;
        for part in content {
            mac.update(part);
        }
        let code = mac.finalize().into_bytes();
        Ok(format!("v1,{}", BASE64_STANDARD.encode(code)))
    }
}

/// The headers to send with exactly these `body` bytes. While a key is being replaced, sign with the old and the new
/// one: a receiver is content if one of the signatures is by a key that it knows.
///
/// # Errors
/// [`NotAKey`]; not for a key that was [parsed](SigningKey::parse).
pub fn signed_headers(
    id: &str,
    sent_at: DateTime<Utc>,
    body: &[u8],
    keys: &[SigningKey],
) -> Result<[(&'static str, String); 3], NotAKey> {
    let timestamp = sent_at.timestamp().to_string();
    let content = [id.as_bytes(), b".", timestamp.as_bytes(), b".", body];
    let signatures: Result<Vec<_>, _> = keys.iter().map(|key| key.sign(&content)).collect();
    Ok([
        (ID, id.to_owned()),
        (TIMESTAMP, timestamp),
        (SIGNATURE, signatures?.join(" ")),
    ])
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The vector that the scheme's own libraries are tested with.
    const KEY: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
    const ID: &str = "msg_p5jXN8AQM9LWM0D4loKWxJek";
    const BODY: &[u8] = br#"{"test": 2432232314}"#;
    const SIGNATURE: &str = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=";

    fn headers(keys: &[&str]) -> [(&'static str, String); 3] {
        let keys: Result<Vec<_>, _> = keys.iter().map(|key| SigningKey::parse(key)).collect();
        let sent_at = DateTime::from_timestamp_secs(1_614_265_330).unwrap();
        signed_headers(ID, sent_at, BODY, &keys.unwrap()).unwrap()
    }

    #[test]
    fn the_scheme_s_own_vector_is_signed_as_its_libraries_do() {
        let expected = [
            ("webhook-id", ID),
            ("webhook-timestamp", "1614265330"),
            ("webhook-signature", SIGNATURE),
        ];
        assert_eq!(
            headers(&[KEY]),
            expected.map(|(name, value)| (name, value.to_owned()))
        );
    }

    #[test]
    fn while_keys_change_each_signs_for_itself() {
        let new = format!("whsec_{}", BASE64_STANDARD.encode([7; 32]));
        let [_, _, (_, both)] = headers(&[&new, KEY]);
        let [_, _, (_, by_new)] = headers(&[&new]);
        assert_eq!(both, format!("{by_new} {SIGNATURE}"));
    }

    #[test]
    fn a_message_s_id_has_no_dot_and_is_its_own() {
        for (key, id) in [
            (
                "f0e1d2c3-0000-4000-8000-000000000007_20261121T120000Z:dead:4:0",
                "f0e1d2c3-0000-4000-8000-000000000007_20261121T120000Z:dead:4:0",
            ),
            (
                "digest:ann.x@example:00ff:1795262400",
                "digest:ann%2Ex%40example:00ff:1795262400",
            ),
            (
                "digest:ann%2Ex:00ff:1795262400",
                "digest:ann%252Ex:00ff:1795262400",
            ),
        ] {
            assert_eq!(message_id(key), id);
        }
    }

    #[test]
    fn only_a_key_of_the_scheme_is_one() {
        let encode = |length| BASE64_STANDARD.encode(vec![1_u8; length]);
        for length in [24, 32, 64] {
            let text = format!("whsec_{}", encode(length));
            assert!(SigningKey::parse(&text).is_ok(), "{length}");
        }
        let short = format!("whsec_{}", encode(23));
        let long = format!("whsec_{}", encode(65));
        for text in ["", "whsec_", "whsec_?", &encode(32), &short, &long] {
            assert_eq!(SigningKey::parse(text).err(), Some(NotAKey), "{text}");
        }
    }
}
