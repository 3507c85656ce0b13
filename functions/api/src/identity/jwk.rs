//! One key of an issuer (RFC 7517), and a set of them. A key serves one algorithm, the one that its type, curve and
//! `alg` agree on; what does not agree, or is too weak, is left out, and the others of its set still serve.

use std::collections::HashMap;
use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::{Algorithm, DecodingKey};
use serde::Deserialize;
use serde_json::Value;

use crate::json::Strict;

/// More keys than any issuer publishes; the rest of a set is not read.
const MAX_KEYS: usize = 64;
/// The longest key id that is taken.
pub const MAX_KEY_ID_BYTES: usize = 256;
/// RFC 7518, section 3.3, asks for 2,048 bits; more than 4,096 is not verified.
const RSA_MODULUS_BYTES: std::ops::RangeInclusive<usize> = 256..=512;

/// A public key, and the one algorithm it serves.
#[derive(Clone, Debug)]
pub struct Key {
    /// `RS256`, `ES256` or `EdDSA`.
    pub algorithm: Algorithm,
    /// The key itself.
    pub decoding: DecodingKey,
}

/// The keys of an issuer that can be used, by their ids.
#[derive(Clone, Debug, Default)]
pub struct KeySet(HashMap<String, Arc<Key>>);

impl KeySet {
    /// Reads a JWK set, or `None` if the text is none.
    pub fn read(text: &str) -> Option<Self> {
        let Strict(value) = serde_json::from_str(text).ok()?;
        let listed = value.get("keys")?.as_array()?;
        let mut keys: HashMap<String, Option<Arc<Key>>> = HashMap::new();
        for jwk in listed.iter().take(MAX_KEYS) {
            if let Some((id, key)) = read_key(jwk) {
                // Of two keys with one id, which one is meant cannot be known: neither serves.
                keys.entry(id)
                    .and_modify(|known| *known = None)
                    .or_insert_with(|| Some(Arc::new(key)));
            }
        }
        let usable = keys.into_iter().filter_map(|(id, key)| Some((id, key?)));
        Some(Self(usable.collect()))
    }

    /// The key of this id.
    pub fn get(&self, id: &str) -> Option<&Arc<Key>> {
        self.0.get(id)
    }
}

/// The members of a JWK that matter here. Unknown ones are passed over, as RFC 7517, section 4, asks.
#[derive(Deserialize)]
struct Jwk {
    kty: String,
    kid: String,
    alg: Option<String>,
    #[serde(rename = "use")]
    usage: Option<String>,
    key_ops: Option<Vec<String>>,
    crv: Option<String>,
    n: Option<String>,
    e: Option<String>,
    x: Option<String>,
    y: Option<String>,
    /// A private part: whoever reads the set can sign with it.
    d: Option<Value>,
}

fn read_key(jwk: &Value) -> Option<(String, Key)> {
    let jwk = Jwk::deserialize(jwk).ok()?;
    let signs = jwk.usage.as_deref().is_none_or(|usage| usage == "sig")
        && jwk
            .key_ops
            .as_deref()
            .is_none_or(|ops| ops.iter().any(|op| op == "verify"));
    if !signs || jwk.d.is_some() || jwk.kid.is_empty() || jwk.kid.len() > MAX_KEY_ID_BYTES {
        return None;
    }
    let (algorithm, name, decoding) = match (jwk.kty.as_str(), jwk.crv.as_deref()) {
        ("RSA", None) => (Algorithm::RS256, "RS256", rsa(&jwk)?),
        ("EC", Some("P-256")) => (Algorithm::ES256, "ES256", p256(&jwk)?),
        ("OKP", Some("Ed25519")) => (Algorithm::EdDSA, "EdDSA", ed25519(&jwk)?),
        _ => return None,
    };
    let agrees = jwk.alg.as_deref().is_none_or(|alg| alg == name);
    let key = Key {
        algorithm,
        decoding,
    };
    agrees.then_some((jwk.kid, key))
}

fn rsa(jwk: &Jwk) -> Option<DecodingKey> {
    let (modulus, exponent) = (bytes(jwk.n.as_deref()?)?, bytes(jwk.e.as_deref()?)?);
    let strong = RSA_MODULUS_BYTES.contains(&modulus.len()) && modulus.first() != Some(&0);
    strong.then(|| DecodingKey::from_rsa_raw_components(&modulus, &exponent))
}

fn p256(jwk: &Jwk) -> Option<DecodingKey> {
    let (x, y) = (jwk.x.as_deref()?, jwk.y.as_deref()?);
    let whole = bytes(x)?.len() == 32 && bytes(y)?.len() == 32;
    whole.then(|| DecodingKey::from_ec_components(x, y).ok())?
}

/// The length is checked here: the verifier cuts the key to 32 bytes, and would panic over a shorter one.
fn ed25519(jwk: &Jwk) -> Option<DecodingKey> {
    let x = jwk.x.as_deref()?;
    let whole = bytes(x)?.len() == 32;
    whole.then(|| DecodingKey::from_ed_components(x).ok())?
}

fn bytes(text: &str) -> Option<Vec<u8>> {
    URL_SAFE_NO_PAD.decode(text).ok()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn encoded(bytes: &[u8]) -> String {
        URL_SAFE_NO_PAD.encode(bytes)
    }

    fn rsa_of(bytes: usize) -> Value {
        json!({ "kty": "RSA", "kid": "k", "n": encoded(&vec![0x81; bytes]), "e": "AQAB" })
    }

    fn p256() -> Value {
        json!({
            "kty": "EC", "crv": "P-256", "kid": "k", "x": encoded(&[1; 32]), "y": encoded(&[2; 32]),
        })
    }

    fn ed25519() -> Value {
        json!({ "kty": "OKP", "crv": "Ed25519", "kid": "k", "x": encoded(&[1; 32]) })
    }

    fn with(mut jwk: Value, name: &str, value: Value) -> Value {
        jwk[name] = value;
        jwk
    }

    fn usable(keys: &[Value]) -> bool {
        let set = KeySet::read(&json!({ "keys": keys }).to_string()).unwrap();
        set.get("k").is_some()
    }

    #[test]
    fn a_key_serves_the_algorithm_of_its_type() {
        for (jwk, algorithm, name) in [
            (rsa_of(256), Algorithm::RS256, "RS256"),
            (p256(), Algorithm::ES256, "ES256"),
            (ed25519(), Algorithm::EdDSA, "EdDSA"),
        ] {
            let (_, key) = read_key(&jwk).unwrap();
            assert_eq!(key.algorithm, algorithm);
            assert!(usable(&[with(jwk.clone(), "alg", json!(name))]));
            assert!(usable(&[with(jwk.clone(), "use", json!("sig"))]));
            assert!(usable(&[with(jwk.clone(), "key_ops", json!(["verify"]))]));
            assert!(usable(&[with(jwk.clone(), "x5t", json!("passed over"))]));
            for (member, value) in [
                ("alg", json!("HS256")),
                ("alg", json!("RS512")),
                ("alg", json!("none")),
                ("alg", json!(["RS256"])),
                ("use", json!("enc")),
                ("key_ops", json!(["sign"])),
                ("kty", json!("oct")),
                ("crv", json!("P-384")),
                ("crv", json!("X25519")),
                ("kid", json!("")),
                ("kid", json!(null)),
                ("kid", json!("k".repeat(257))),
                ("d", json!("AQAB")),
            ] {
                let odd = with(jwk.clone(), member, value);
                assert!(!usable(std::slice::from_ref(&odd)), "{odd}");
            }
        }
    }

    #[test]
    fn a_key_that_is_weak_or_cut_short_is_left_out() {
        for jwk in [
            rsa_of(0),
            rsa_of(255),
            rsa_of(513),
            with(rsa_of(256), "n", json!(encoded(&[0; 256]))),
            with(rsa_of(256), "n", json!("not base64 !")),
            with(ed25519(), "x", json!("")),
            with(ed25519(), "x", json!(encoded(&[1; 31]))),
            with(ed25519(), "x", json!(encoded(&[1; 33]))),
            with(p256(), "y", json!(encoded(&[2; 31]))),
            with(p256(), "y", Value::Null),
        ] {
            assert!(!usable(std::slice::from_ref(&jwk)), "{jwk}");
            // The others of its set still serve.
            assert!(usable(&[with(jwk, "kid", json!("weak")), ed25519()]));
        }
    }

    #[test]
    fn two_keys_with_one_id_serve_nothing() {
        assert!(!usable(&[ed25519(), p256()]));
        assert!(!usable(&[ed25519(), ed25519(), ed25519()]));
        assert!(usable(&[ed25519(), with(p256(), "kid", json!("other"))]));
    }

    #[test]
    fn what_is_no_key_set_is_told_from_an_empty_one() {
        for text in [
            "",
            "[]",
            "{}",
            "<html>",
            r#"{"keys":{}}"#,
            r#"{"keys":[],"keys":[]}"#,
        ] {
            assert!(KeySet::read(text).is_none(), "{text}");
        }
        assert!(KeySet::read(r#"{"keys":[]}"#).is_some());
        assert!(KeySet::read(r#"{"keys":[7, "x", null, {}]}"#).is_some());
    }
}
