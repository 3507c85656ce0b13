//! Credentials of roles that users let Punctual act in. They are asked for under an external id that names the
//! deployment and the user, so a role that trusts it for one user serves no other; and kept until shortly before they
//! expire.

use std::collections::HashMap;
use std::fmt::Write;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, SystemTime};

use aws_credential_types::Credentials;

use crate::domain::UserId;
use crate::port::SignedAnswer;

/// How long credentials are asked for: the least that STS takes.
pub(super) const SESSION_SECONDS: &str = "900";

/// Credentials that expire sooner than this are not used any more. A call under way when they do goes on.
const MARGIN: Duration = Duration::from_mins(3);

/// The most credentials that are kept.
const CAPACITY: usize = 512;

/// Names the deployment and the user to a role's trust policy: `punctual:prod:alice`. What external ids may not have is
/// written as `=` and two hexadecimal digits, and so is `=` itself: no two users share one.
pub fn external_id(namespace: &str, user: &UserId) -> String {
    let stage = namespace.strip_prefix("punctual-").unwrap_or(namespace);
    let mut id = format!("punctual:{stage}:");
    for byte in user.as_str().bytes() {
        match byte {
            _ if byte.is_ascii_alphanumeric() || b"_+,.@:/-".contains(&byte) => {
                id.push(char::from(byte));
            }
            _ => {
                let _ = write!(id, "={byte:02X}");
            }
        }
    }
    id
}

/// Credentials by role and external id.
#[derive(Debug, Default)]
pub(super) struct Roles {
    kept: Mutex<HashMap<(String, String), Credentials>>,
}

impl Roles {
    /// Credentials that are good for a while yet.
    pub(super) fn get(&self, key: &(String, String), now: SystemTime) -> Option<Credentials> {
        let kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        let credentials = kept.get(key)?;
        is_good(credentials, now).then(|| credentials.clone())
    }

    /// Keeps credentials, in place of those that are no good any more.
    pub(super) fn keep(&self, key: (String, String), credentials: Credentials, now: SystemTime) {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.len() >= CAPACITY {
            kept.retain(|_, credentials| is_good(credentials, now));
        }
        if kept.len() < CAPACITY {
            kept.insert(key, credentials);
        }
    }
}

fn is_good(credentials: &Credentials, now: SystemTime) -> bool {
    credentials.expiry().is_some_and(|at| at > now + MARGIN)
}

/// The credentials in STS's answer.
pub(super) fn credentials(answer: &SignedAnswer) -> Option<Credentials> {
    let expiration = answer.xml("Expiration")?;
    let expires_at = chrono::DateTime::parse_from_rfc3339(&expiration).ok()?;
    Some(Credentials::new(
        answer.xml("AccessKeyId")?,
        answer.xml("SecretAccessKey")?,
        answer.xml("SessionToken"),
        Some(expires_at.into()),
        "punctual-assumed-role",
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_two_users_share_an_external_id() {
        for (user, expected) in [
            ("alice", "punctual:prod:alice"),
            ("auth0|7", "punctual:prod:auth0=7C7"),
            ("a=7Cb", "punctual:prod:a=3D7Cb"),
            ("a|b", "punctual:prod:a=7Cb"),
        ] {
            let user = UserId::new(user).unwrap();
            assert_eq!(external_id("punctual-prod", &user), expected);
        }
    }

    #[test]
    fn credentials_are_used_until_shortly_before_they_expire() {
        let now = SystemTime::UNIX_EPOCH + Duration::from_secs(1_000_000);
        let key = ("role".to_owned(), "id".to_owned());
        let lasting = |seconds| {
            let expiry = now + Duration::from_secs(seconds);
            Credentials::new("key", "secret", None, Some(expiry), "test")
        };
        let roles = Roles::default();
        roles.keep(key.clone(), lasting(900), now);
        assert!(roles.get(&key, now + Duration::from_secs(719)).is_some());
        assert!(roles.get(&key, now + Duration::from_secs(721)).is_none());
        assert!(roles.get(&("role".into(), "another".into()), now).is_none());
    }

    #[test]
    fn the_store_of_credentials_is_bounded() {
        let now = SystemTime::UNIX_EPOCH + Duration::from_secs(1_000_000);
        let roles = Roles::default();
        for user in 0..2 * CAPACITY {
            let expiry = now + Duration::from_mins(15);
            let credentials = Credentials::new("key", "secret", None, Some(expiry), "test");
            roles.keep(("role".into(), user.to_string()), credentials, now);
        }
        assert_eq!(roles.kept.lock().unwrap().len(), CAPACITY);
    }
}
