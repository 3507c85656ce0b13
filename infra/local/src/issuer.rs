//! The development issuer: makes tokens for this machine, and publishes its key as a real issuer does, so that the API
//! verifies them the way it verifies anybody's. It asks no password: whoever can read the key may be anyone, here and
//! nowhere else.

use std::fs::{self, OpenOptions};
use std::io::{ErrorKind, Write};
use std::net::SocketAddr;
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::Path;

use axum::routing::get;
use axum::{Json, Router};
use chrono::{DateTime, TimeDelta, Utc};
use jsonwebtoken::jwk::{Jwk, PublicKeyUse, ThumbprintHash};
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use punctual::domain::{Role, UserId};
use punctual::port::Entropy;
use punctual_api::identity::{DEFAULT_ROLE_CLAIM, Expected};
use serde_json::json;

use crate::HostError;

/// An issuer with one key.
#[derive(Clone, Debug)]
pub struct Issuer {
    key: EncodingKey,
    public: Jwk,
    key_id: String,
}

/// `iss` of its tokens. A name, not an address: a token outlives the port that the key was published on.
const NAME: &str = "urn:punctual:local";
/// `aud` of its tokens.
const AUDIENCE: &str = "punctual-local";
/// What stands before the 32 secret bytes of an Ed25519 key (RFC 8410, section 7).
const ED25519_PREFIX: [u8; 16] = [
    0x30, 0x2e, 0x02, 0x01, 0x00, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x04, 0x22, 0x04, 0x20,
];
const KEY_FILE: &str = "issuer.key";
const KEY_SET_PATH: &str = "/.well-known/jwks.json";

impl Issuer {
    /// An issuer that is gone with its process.
    ///
    /// # Errors
    /// Never, unless the crypto library refuses its own kind of key.
    pub fn fresh(entropy: &impl Entropy) -> Result<Self, HostError> {
        Self::of(&fresh_key(entropy))
    }

    /// The issuer whose key lies in `data_dir`; makes the key the first time.
    ///
    /// # Errors
    /// If the key cannot be read or made, or others than its owner may read it.
    pub fn open(data_dir: &Path, entropy: &impl Entropy) -> Result<Self, HostError> {
        fs::create_dir_all(data_dir)?;
        let path = data_dir.join(KEY_FILE);
        if !path.exists() {
            make_key_file(&path, &fresh_key(entropy))?;
        }
        if fs::metadata(&path)?.permissions().mode() & 0o077 != 0 {
            let path = path.display();
            return Err(format!(
                "{path} may be read by others: anybody could have made tokens with it; remove it"
            )
            .into());
        }
        Self::of(&fs::read(&path)?)
    }

    fn of(der: &[u8]) -> Result<Self, HostError> {
        let key = EncodingKey::from_ed_der(der);
        let mut public = Jwk::from_encoding_key(&key, Algorithm::EdDSA)
            .map_err(|_| format!("{KEY_FILE} holds no Ed25519 key; remove it to get a new one"))?;
        let key_id = public.thumbprint(ThumbprintHash::SHA256)?;
        public.common.key_id = Some(key_id.clone());
        public.common.public_key_use = Some(PublicKeyUse::Signature);
        Ok(Self {
            key,
            public,
            key_id,
        })
    }

    /// A token that says: this is `user`, in `role`, for `lifetime` from `now`.
    ///
    /// # Errors
    /// Never, unless the crypto library refuses to sign.
    pub fn token(
        &self,
        user: &UserId,
        role: Role,
        lifetime: TimeDelta,
        now: DateTime<Utc>,
    ) -> Result<String, HostError> {
        let mut header = Header::new(Algorithm::EdDSA);
        header.kid = Some(self.key_id.clone());
        let claims = json!({
            "iss": NAME,
            "aud": AUDIENCE,
            "sub": user,
            "iat": now.timestamp(),
            "exp": (now + lifetime).timestamp(),
            DEFAULT_ROLE_CLAIM: role,
        });
        Ok(jsonwebtoken::encode(&header, &claims, &self.key)?)
    }

    /// What its tokens say.
    pub(crate) fn expected() -> Expected {
        Expected {
            issuer: NAME.to_owned(),
            audience: AUDIENCE.to_owned(),
            role_claim: DEFAULT_ROLE_CLAIM.to_owned(),
        }
    }

    /// Where its keys are, if it answers at `address`.
    pub(crate) fn key_set_url(address: SocketAddr) -> String {
        format!("http://{address}{KEY_SET_PATH}")
    }

    /// Its two documents (`OpenID` Connect Discovery 1.0, section 3; RFC 7517, section 5).
    pub(crate) fn router(&self, address: SocketAddr) -> Router {
        let keys = Json(json!({ "keys": [self.public] }));
        let configuration = Json(json!({
            "issuer": NAME,
            "jwks_uri": Self::key_set_url(address),
            "id_token_signing_alg_values_supported": ["EdDSA"],
            "response_types_supported": [],
            "subject_types_supported": ["public"],
        }));
        Router::new().route(KEY_SET_PATH, get(async || keys)).route(
            "/.well-known/openid-configuration",
            get(async || configuration),
        )
    }
}

fn fresh_key(entropy: &impl Entropy) -> Vec<u8> {
    let mut der = ED25519_PREFIX.to_vec();
    for _ in 0..2 {
        der.extend_from_slice(&entropy.next_u128().to_be_bytes());
    }
    der
}

/// Writes the key whole, then gives it its name: of two processes at once, one makes the key and both read it.
fn make_key_file(path: &Path, key: &[u8]) -> Result<(), HostError> {
    let draft = path.with_extension(format!("{}.draft", std::process::id()));
    let mut file = OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(true)
        .mode(0o600)
        .open(&draft)?;
    file.write_all(key)?;
    file.sync_all()?;
    let named = fs::hard_link(&draft, path);
    fs::remove_file(&draft)?;
    match named {
        Err(error) if error.kind() != ErrorKind::AlreadyExists => Err(error.into()),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use punctual::edge::RandomEntropy;

    use super::*;

    fn token(issuer: &Issuer) -> String {
        let user = UserId::new("alice").unwrap();
        let now = DateTime::from_timestamp(1_795_262_400, 0).unwrap();
        issuer
            .token(&user, Role::User, TimeDelta::hours(1), now)
            .unwrap()
    }

    #[test]
    fn the_key_is_made_once_and_is_its_owners() {
        let folder = tempfile::tempdir().unwrap();
        let data_dir = folder.path().join("new");
        let first = Issuer::open(&data_dir, &RandomEntropy).unwrap();
        let again = Issuer::open(&data_dir, &RandomEntropy).unwrap();
        assert_eq!(token(&first), token(&again));
        let file = data_dir.join(KEY_FILE);
        assert_eq!(
            fs::metadata(&file).unwrap().permissions().mode() & 0o777,
            0o600
        );
        assert_eq!(
            fs::read_dir(&data_dir).unwrap().count(),
            1,
            "no draft is left"
        );
        let other = Issuer::fresh(&RandomEntropy).unwrap();
        assert_ne!(token(&first), token(&other));
    }

    #[test]
    fn a_key_that_others_may_read_or_that_is_none_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        Issuer::open(folder.path(), &RandomEntropy).unwrap();
        let file = folder.path().join(KEY_FILE);
        fs::set_permissions(&file, fs::Permissions::from_mode(0o640)).unwrap();
        assert!(Issuer::open(folder.path(), &RandomEntropy).is_err());
        fs::set_permissions(&file, fs::Permissions::from_mode(0o600)).unwrap();
        for odd in [&b""[..], b"not a key", &[0; 48]] {
            fs::write(&file, odd).unwrap();
            assert!(Issuer::open(folder.path(), &RandomEntropy).is_err());
        }
    }

    #[test]
    fn what_is_published_holds_nothing_secret() {
        let key = fresh_key(&RandomEntropy);
        let issuer = Issuer::of(&key).unwrap();
        let published = serde_json::to_value(&issuer.public).unwrap();
        let members: Vec<_> = published.as_object().unwrap().keys().cloned().collect();
        assert_eq!(members, ["alg", "crv", "kid", "kty", "use", "x"]);
        let debugged = format!("{issuer:?}");
        assert!(debugged.contains("redacted"), "{debugged}");
    }
}
