//! Identifiers. Each is validated once, where it enters, and is opaque from then on.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use utoipa::ToSchema;
use uuid::Uuid;

use super::Invalid;

/// Identifies a job. With an idempotency key it derives from (user, key), so a replayed create collides with itself.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, ToSchema,
)]
#[serde(transparent)]
#[schema(example = "0b7e9d3c-5f1a-4e0b-9c53-8a2f6d1e4b70")]
pub struct JobId(Uuid);

impl JobId {
    /// The id for a create without an idempotency key: as unpredictable as `random`.
    pub fn from_random(random: u128) -> Self {
        Self(uuid::Builder::from_random_bytes(random.to_be_bytes()).into_uuid())
    }

    /// The id of the one job that `user` may create under `key`.
    pub fn from_idempotency_key(user: &UserId, key: &str) -> Self {
        Self::from_parts(&[user.as_str().as_bytes(), key.as_bytes()])
    }

    /// The id of the job that `user` may create as item number `index` of the batch under `key`.
    pub fn from_batch_key(user: &UserId, key: &str, index: usize) -> Self {
        let index = index.to_string();
        Self::from_parts(&[user.as_str().as_bytes(), key.as_bytes(), index.as_bytes()])
    }

    /// Neither users nor keys have a NUL, so what it parts cannot run into each other.
    fn from_parts(parts: &[&[u8]]) -> Self {
        let digest = Sha256::digest(parts.join(&0));
        let mut bytes = [0; 16];
        bytes.copy_from_slice(&digest[..16]);
        Self(uuid::Builder::from_custom_bytes(bytes).into_uuid())
    }

    /// A number that is this job's own and stays so: places it in windows and in hashed schedule fields.
    pub fn seed(self) -> u64 {
        let digest = Sha256::digest(self.0.as_bytes());
        let mut first = [0; 8];
        first.copy_from_slice(&digest[..8]);
        u64::from_be_bytes(first)
    }

    /// The shard of every time bucket in which this job's hints lie.
    pub fn shard(self, shards: u16) -> u16 {
        let [high, low, ..] = *self.0.as_bytes();
        u16::from_be_bytes([high, low]) % shards.max(1)
    }
}

impl fmt::Display for JobId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.hyphenated().fmt(f)
    }
}

impl FromStr for JobId {
    type Err = Invalid;

    fn from_str(text: &str) -> Result<Self, Invalid> {
        Uuid::try_parse(text)
            .map(Self)
            .map_err(|_| Invalid::new("id", "is not a job id: a UUID is expected"))
    }
}

/// Who owns a job. Taken from the caller's principal, never from a request body.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(try_from = "String")]
#[schema(
    min_length = 1,
    max_length = 128,
    pattern = "^[!-~]+$",
    example = "alice"
)]
pub struct UserId(String);

impl UserId {
    const MAX_LENGTH: usize = 128;

    /// Accepts 1–128 visible ASCII characters.
    ///
    /// # Errors
    /// [`Invalid`] names the field `user`.
    pub fn new(text: &str) -> Result<Self, Invalid> {
        let acceptable = !text.is_empty()
            && text.len() <= Self::MAX_LENGTH
            && text.bytes().all(|byte| byte.is_ascii_graphic());
        if acceptable {
            Ok(Self(text.to_owned()))
        } else {
            Err(Invalid::new(
                "user",
                "must be 1 to 128 visible ASCII characters",
            ))
        }
    }

    /// The name under which Punctual makes changes by itself.
    pub fn punctual() -> Self {
        Self("punctual".to_owned())
    }

    /// The id as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for UserId {
    type Error = Invalid;

    fn try_from(text: String) -> Result<Self, Invalid> {
        Self::new(&text)
    }
}

impl FromStr for UserId {
    type Err = Invalid;

    fn from_str(text: &str) -> Result<Self, Invalid> {
        Self::new(text)
    }
}

impl fmt::Display for UserId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Identifies a worker that has registered.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, ToSchema,
)]
#[serde(transparent)]
#[schema(example = "5d0c1a52-9b2f-4e7d-8a51-3c7f0e6b2d11")]
pub struct WorkerId(Uuid);

impl WorkerId {
    /// As unpredictable as `random`.
    pub fn from_random(random: u128) -> Self {
        Self(uuid::Builder::from_random_bytes(random.to_be_bytes()).into_uuid())
    }
}

impl fmt::Display for WorkerId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.hyphenated().fmt(f)
    }
}

impl FromStr for WorkerId {
    type Err = Invalid;

    fn from_str(text: &str) -> Result<Self, Invalid> {
        Uuid::try_parse(text)
            .map(Self)
            .map_err(|_| Invalid::new("id", "is not a worker id: a UUID is expected"))
    }
}

/// Fences one claim of an execution. Random, never a counter: an undone claim must not be mistaken for its successor.
/// A worker outside is given its text: 16 hexadecimal digits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ClaimToken(pub u64);

impl fmt::Display for ClaimToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:016x}", self.0)
    }
}

impl FromStr for ClaimToken {
    type Err = Invalid;

    fn from_str(text: &str) -> Result<Self, Invalid> {
        let token = u64::from_str_radix(text, 16).ok().map(Self);
        token
            .filter(|token| token.to_string() == text)
            .ok_or_else(|| Invalid::new("claim_token", "must be 16 hexadecimal digits"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_derived_from_a_key_is_the_same_in_every_release() {
        let user = UserId::new("alice").unwrap();
        let id = JobId::from_idempotency_key(&user, "report-1");
        assert_eq!(id.to_string(), "80902a3c-57a7-8224-9188-5b3ec45fb4f0");
    }

    #[test]
    fn a_claim_token_has_one_spelling() {
        for token in [0, 0xab, u64::MAX].map(ClaimToken) {
            assert_eq!(token.to_string().parse(), Ok(token));
        }
        for text in [
            "",
            "ab",
            "00000000000000AB",
            "+0000000000000ab",
            "0x000000000000ab",
        ] {
            assert!(text.parse::<ClaimToken>().is_err(), "{text}");
        }
    }

    #[test]
    fn a_shard_follows_from_the_first_two_bytes_and_is_one_of_those_there_are() {
        let id: JobId = "0102ffff-ffff-4fff-8fff-ffffffffffff".parse().unwrap();
        // 258 = 25 * 10 + 8
        assert_eq!(id.shard(10), 8);
        assert_eq!(id.shard(1_000), 258);
        assert_eq!(id.shard(1), 0);
        assert_eq!(id.shard(0), 0);
    }

    #[test]
    fn a_workers_id_is_written_as_it_is_read() {
        let id = WorkerId::from_random(7);
        assert_eq!(id.to_string(), "00000000-0000-4000-8000-000000000007");
        assert_eq!(id.to_string().parse(), Ok(id));
    }

    #[test]
    fn no_item_of_a_batch_is_taken_for_another_or_for_a_create_of_its_own() {
        let user = UserId::new("alice").unwrap();
        let ids = [
            JobId::from_idempotency_key(&user, "k"),
            JobId::from_idempotency_key(&user, "k1"),
            JobId::from_batch_key(&user, "k", 1),
            JobId::from_batch_key(&user, "k", 11),
            JobId::from_batch_key(&user, "k1", 1),
        ];
        let distinct: std::collections::HashSet<_> = ids.into_iter().collect();
        assert_eq!(distinct.len(), ids.len());
    }
}
