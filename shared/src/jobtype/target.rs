//! The AWS resources that payloads name. Each kind is a type that is read once, so what a handler gets is whole; whether
//! a job may reach it is asked when the payload is checked.

use std::marker::PhantomData;

use serde::{Deserialize, Deserializer, de};
use utoipa::openapi::{ObjectBuilder, RefOr, Schema, Type};
use utoipa::{PartialSchema, ToSchema};

use super::Attempt;
use crate::domain::{Arn, Invalid, TARGET_PREFIX, out_of_reach};
use crate::port::CallAs;

/// A kind of resource.
pub(super) trait Kind {
    /// The service in its ARN.
    const SERVICE: &'static str;
    /// What stands before the name in its ARN.
    const PREFIX: &'static str;
    /// What names look like, as a pattern without anchors: nothing else gets by.
    const NAME: &'static str;
    /// The longest name.
    const MAX_NAME: usize = 256;
    /// For people.
    const EXAMPLE: &'static str;

    /// Whether a name is of the form [`Self::NAME`].
    fn is_name(name: &str) -> bool;
}

/// Letters, digits, hyphens and underscores.
pub(super) fn is_plain(name: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
    !name.is_empty() && name.bytes().all(plain)
}

/// The ARN of a resource of one kind.
#[derive(Clone, Debug)]
pub(super) struct ArnOf<K> {
    arn: Arn,
    name: String,
    kind: PhantomData<fn() -> K>,
}

impl<K: Kind> ArnOf<K> {
    pub(super) fn parse(text: &str) -> Option<Self> {
        let arn = Arn::parse(text, K::SERVICE)?;
        let name = arn.resource.strip_prefix(K::PREFIX)?.to_owned();
        let acceptable = name.len() <= K::MAX_NAME && K::is_name(&name);
        acceptable.then_some(Self {
            arn,
            name,
            kind: PhantomData,
        })
    }

    pub(super) fn arn(&self) -> &Arn {
        &self.arn
    }

    /// The resource's name, with what stands behind it, if anything does.
    pub(super) fn name(&self) -> &str {
        &self.name
    }

    pub(super) fn region(&self) -> String {
        self.arn.region.clone()
    }

    /// Refuses what the job may not reach.
    pub(super) fn check(&self, field: &str, role: Option<&RoleArn>) -> Result<(), Invalid> {
        within_reach(field, &self.name, role)
    }
}

/// Refuses a name that the job may not reach.
pub(super) fn within_reach(field: &str, name: &str, role: Option<&RoleArn>) -> Result<(), Invalid> {
    match out_of_reach(name, role.is_none()) {
        None => Ok(()),
        Some(why) => Err(Invalid::new(format!("payload.{field}"), why)),
    }
}

impl<'de, K: Kind> Deserialize<'de> for ArnOf<K> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::parse(&text)
            .ok_or_else(|| de::Error::custom(format!("must be an ARN such as {}", K::EXAMPLE)))
    }
}

impl<K: Kind> PartialSchema for ArnOf<K> {
    fn schema() -> RefOr<Schema> {
        let region = if K::SERVICE == "iam" {
            ""
        } else {
            "[a-z0-9-]{1,32}"
        };
        let (service, prefix, name) = (K::SERVICE, K::PREFIX, K::NAME);
        ObjectBuilder::new()
            .schema_type(Type::String)
            .pattern(Some(format!(
                "^arn:aws(-[a-z-]{{1,20}})?:{service}:{region}:[0-9]{{12}}:{prefix}{name}$"
            )))
            .examples([K::EXAMPLE])
            .into()
    }
}

impl<K: Kind> ToSchema for ArnOf<K> {}

/// A role.
#[derive(Clone, Debug)]
pub(super) struct Role;

impl Kind for Role {
    const SERVICE: &'static str = "iam";
    const PREFIX: &'static str = "role/";
    const NAME: &'static str = "punctual-target-[A-Za-z0-9+=,.@_-]{1,48}";
    const MAX_NAME: usize = 64;
    const EXAMPLE: &'static str = "arn:aws:iam::123456789012:role/punctual-target-orders";

    fn is_name(name: &str) -> bool {
        let rest = name.strip_prefix(TARGET_PREFIX);
        rest.is_some_and(|rest| {
            !rest.is_empty()
                && rest
                    .bytes()
                    .all(|byte| byte.is_ascii_alphanumeric() || b"+=,.@_-".contains(&byte))
        })
    }
}

/// The role that a job's calls are made under: one that trusts Punctual to act for the job's owner.
pub(super) type RoleArn = ArnOf<Role>;

/// By whom an attempt's calls are made.
pub(super) fn caller(role: Option<&RoleArn>, attempt: &Attempt) -> CallAs {
    match role {
        None => CallAs::Itself,
        Some(role) => CallAs::Role {
            role_arn: role.arn().to_string(),
            user: attempt.user.clone(),
        },
    }
}

/// How long a call of a job's may take: longer than any attempt, whose own timeout ends it.
pub(super) const CALL_TIMEOUT: std::time::Duration = std::time::Duration::from_secs(850);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_role_is_made_for_punctual_or_it_is_none() {
        let role = |name: &str| RoleArn::parse(&format!("arn:aws:iam::123456789012:role/{name}"));
        assert!(role("punctual-target-a").is_some());
        for name in [
            "admin",
            "punctual-target-",
            "punctual-prod-WorkerRole",
            "path/punctual-target-a",
            "punctual-target-a/b",
            "punctual-target-*",
        ] {
            assert!(role(name).is_none(), "{name}");
        }
    }
}
