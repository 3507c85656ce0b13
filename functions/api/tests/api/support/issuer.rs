//! An issuer: its keys, its tokens, and a key source that a test can rotate, silence and count.

use std::sync::{Arc, Mutex};

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::jwk::Jwk;
use jsonwebtoken::{Algorithm, EncodingKey, crypto};
use punctual_api::identity::{
    DEFAULT_ROLE_CLAIM, Expected, FetchError, Fetching, Identity, KeySet, KeySource, Keys,
};
use serde_json::{Value, json};

use super::now;

pub const ISSUER: &str = "https://issuer.example";
pub const AUDIENCE: &str = "punctual";

/// A key pair. Those of these tests sign nothing else.
pub struct Signer {
    pub kid: &'static str,
    pub algorithm: Algorithm,
    pub key: EncodingKey,
}

impl Signer {
    pub fn ed25519() -> Self {
        Self::ed25519_of("ed", [7; 32])
    }

    /// The key of a seed. What stands before it says "Ed25519 private key" (RFC 8410, section 7).
    pub fn ed25519_of(kid: &'static str, seed: [u8; 32]) -> Self {
        let mut der = b"\x30\x2e\x02\x01\x00\x30\x05\x06\x03\x2b\x65\x70\x04\x22\x04\x20".to_vec();
        der.extend_from_slice(&seed);
        Self {
            kid,
            algorithm: Algorithm::EdDSA,
            key: EncodingKey::from_ed_der(&der),
        }
    }

    pub fn p256() -> Self {
        Self {
            kid: "ec",
            algorithm: Algorithm::ES256,
            key: EncodingKey::from_ec_der(include_bytes!("keys/p256.pkcs8.der")),
        }
    }

    pub fn rsa() -> Self {
        Self {
            kid: "rsa",
            algorithm: Algorithm::RS256,
            key: EncodingKey::from_rsa_der(include_bytes!("keys/rsa2048.pkcs1.der")),
        }
    }

    /// The public half.
    pub fn jwk(&self) -> Value {
        let jwk = Jwk::from_encoding_key(&self.key, self.algorithm).unwrap();
        let mut jwk = serde_json::to_value(jwk).unwrap();
        jwk["kid"] = json!(self.kid);
        jwk["use"] = json!("sig");
        jwk
    }

    pub fn header(&self) -> Value {
        json!({ "typ": "JWT", "alg": self.algorithm, "kid": self.kid })
    }

    pub fn token(&self, claims: &Value) -> String {
        self.sign(&self.header().to_string(), &claims.to_string())
    }

    /// Signs whatever it is given.
    pub fn sign(&self, header: &str, payload: &str) -> String {
        let message = format!("{}.{}", encoded(header), encoded(payload));
        let signature = crypto::sign(message.as_bytes(), &self.key, self.algorithm).unwrap();
        format!("{message}.{signature}")
    }
}

/// One part of a token.
pub fn encoded(part: impl AsRef<[u8]>) -> String {
    URL_SAFE_NO_PAD.encode(part)
}

/// The claims of a token that is accepted, also by tests that let days pass.
pub fn claims(user: &str, role: &str) -> Value {
    let now = now().timestamp();
    json!({
        "iss": ISSUER, "aud": AUDIENCE, "sub": user, "iat": now, "exp": now + 7 * 86_400,
        DEFAULT_ROLE_CLAIM: role,
    })
}

/// A token that is accepted.
pub fn token(user: &str, role: &str) -> String {
    Signer::ed25519().token(&claims(user, role))
}

/// What the issuer publishes, `None` while it is down, and how often it was asked.
#[derive(Default)]
pub struct Published {
    pub set: Option<Value>,
    pub asked: usize,
}

#[derive(Clone)]
pub struct Source(pub Arc<Mutex<Published>>);

impl Source {
    pub fn publishing(keys: &[Signer]) -> Self {
        let source = Self(Arc::default());
        source.publish(keys);
        source
    }

    pub fn publish(&self, keys: &[Signer]) {
        let keys: Vec<_> = keys.iter().map(Signer::jwk).collect();
        self.0.lock().unwrap().set = Some(json!({ "keys": keys }));
    }

    pub fn go_down(&self) {
        self.0.lock().unwrap().set = None;
    }

    pub fn asked(&self) -> usize {
        self.0.lock().unwrap().asked
    }
}

impl KeySource for Source {
    fn fetch(&self) -> Fetching<'_> {
        let mut published = self.0.lock().unwrap();
        published.asked += 1;
        let set = published.set.as_ref().map(Value::to_string);
        Box::pin(async move {
            // As over a network: others come in meanwhile.
            tokio::task::yield_now().await;
            set.and_then(|set| KeySet::read(&set))
                .ok_or(FetchError::Status(503))
        })
    }
}

/// Verifies tokens of this issuer, as the function does.
pub fn identity(source: &Source) -> Identity {
    Identity::Issuer {
        expected: Expected {
            issuer: ISSUER.to_owned(),
            audience: AUDIENCE.to_owned(),
            role_claim: DEFAULT_ROLE_CLAIM.to_owned(),
        },
        keys: Keys::of(source.clone()),
    }
}
