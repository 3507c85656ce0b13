//! Secrets are named, never given: a payload or a channel holds a name, and only who makes the call sees the text. A name
//! means something within its owner's namespace alone.

use std::fmt::{self, Write};
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use serde_with::{DeserializeFromStr, SerializeDisplay};
use utoipa::openapi::schema::{AdditionalProperties, Schema};
use utoipa::openapi::{Object, ObjectBuilder, RefOr, Type};
use utoipa::{PartialSchema, ToSchema};

use super::{Invalid, UserId};

/// Which store holds a secret.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum SecretStore {
    /// SSM Parameter Store, `ssm:`; what a name without a prefix means.
    ParameterStore,
    /// Secrets Manager, `sm:`.
    SecretsManager,
}

/// What a secret is called by its owner: `stripe-key`, `ssm:stripe-key`, `sm:stripe-key`.
#[derive(
    Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, SerializeDisplay, DeserializeFromStr,
)]
pub struct SecretName {
    store: SecretStore,
    name: String,
}

impl SecretName {
    /// What a name looks like, as a regular expression.
    pub const PATTERN: &str = "^((ssm|sm):)?[A-Za-z0-9][A-Za-z0-9._-]{0,63}$";

    /// Which store holds it.
    pub fn store(&self) -> SecretStore {
        self.store
    }

    /// Its name within its owner's namespace. It cannot lead out of there: it has no slash and does not begin with a dot.
    pub fn as_str(&self) -> &str {
        &self.name
    }
}

impl FromStr for SecretName {
    type Err = Invalid;

    fn from_str(text: &str) -> Result<Self, Invalid> {
        let (store, name) = match text.split_once(':') {
            None | Some(("ssm", _)) => (
                SecretStore::ParameterStore,
                text.strip_prefix("ssm:").unwrap_or(text),
            ),
            Some(("sm", name)) => (SecretStore::SecretsManager, name),
            Some(_) => (SecretStore::ParameterStore, ""),
        };
        let usual = |byte: u8| byte.is_ascii_alphanumeric() || b"._-".contains(&byte);
        let acceptable = (1..=64).contains(&name.len())
            && name.bytes().all(usual)
            && name.as_bytes()[0].is_ascii_alphanumeric();
        if acceptable {
            let name = name.to_owned();
            Ok(Self { store, name })
        } else {
            Err(Invalid::new(
                "secret",
                "must be 1 to 64 letters, digits, dots, hyphens and underscores, a letter or a digit first; before them \
                 ssm: or sm:, or neither",
            ))
        }
    }
}

impl fmt::Display for SecretName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.store {
            SecretStore::ParameterStore => f.write_str(&self.name),
            SecretStore::SecretsManager => write!(f, "sm:{}", self.name),
        }
    }
}

/// A secret in the place of a text: `{"secret": "name"}`.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SecretReference {
    /// Its name.
    pub secret: SecretName,
}

impl PartialSchema for SecretReference {
    fn schema() -> RefOr<Schema> {
        secret_reference().into()
    }
}

impl ToSchema for SecretReference {}

/// What a reference to a secret looks like.
pub fn secret_reference() -> Object {
    let name = ObjectBuilder::new()
        .schema_type(Type::String)
        .pattern(Some(SecretName::PATTERN));
    ObjectBuilder::new()
        .description(Some("One of your secrets, by its name."))
        .property("secret", name)
        .required("secret")
        .additional_properties(Some(AdditionalProperties::FreeForm(false)))
        .examples([serde_json::json!({ "secret": "report-key" })])
        .build()
}

/// A user's name as one segment of a path: small letters, digits and hyphens as they are, every other byte as `_` and
/// two hexadecimal digits. No two users share a segment, not even where case is ignored, and none is `.` or `..`.
pub fn path_segment(user: &UserId) -> String {
    let mut segment = String::new();
    for byte in user.as_str().bytes() {
        match byte {
            b'a'..=b'z' | b'0'..=b'9' | b'-' => segment.push(byte.into()),
            _ => {
                let _ = write!(segment, "_{byte:02x}");
            }
        }
    }
    segment
}

/// A secret in plain text. Whoever needs it must ask for it by [`SecretText::reveal`]; nothing shows it by accident.
#[derive(Clone, PartialEq, Eq)]
pub struct SecretText(String);

impl SecretText {
    /// Takes the text in.
    pub fn new(text: String) -> Self {
        Self(text)
    }

    /// The text itself.
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for SecretText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SecretText(..)")
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_name_says_its_store_or_means_the_parameter_store() {
        let table = [
            ("key", Some((SecretStore::ParameterStore, "key"))),
            ("ssm:key", Some((SecretStore::ParameterStore, "key"))),
            (
                "sm:Key.v2_a-b",
                Some((SecretStore::SecretsManager, "Key.v2_a-b")),
            ),
            ("", None),
            ("ssm:", None),
            ("sm:ssm:key", None),
            ("vault:key", None),
            ("../key", None),
            (".key", None),
            ("a/b", None),
            ("a b", None),
            ("{{job_name}}", None),
        ];
        for (text, expected) in table {
            let name = text.parse::<SecretName>().ok();
            let found = name.as_ref().map(|name| (name.store(), name.as_str()));
            assert_eq!(found, expected, "{text}");
        }
        assert!(
            format!("{}a", "x".repeat(64))
                .parse::<SecretName>()
                .is_err()
        );
    }

    #[test]
    fn a_secret_s_text_is_not_shown_by_accident() {
        let text = SecretText::new("hunter2".to_owned());
        assert_eq!(format!("{text:?}"), "SecretText(..)");
    }

    #[test]
    fn a_user_s_segment_is_legible_where_it_can_be() {
        let table = [
            ("alice", "alice"),
            ("Alice", "_41lice"),
            ("..", "_2e_2e"),
            ("a/b", "a_2fb"),
            ("a_2fb", "a_5f2fb"),
            ("me@example.com", "me_40example_2ecom"),
        ];
        for (user, segment) in table {
            assert_eq!(path_segment(&UserId::new(user).unwrap()), segment);
        }
    }

    proptest! {
        #[test]
        fn no_two_users_share_a_segment_even_where_case_is_ignored(a in "[!-~]{1,12}", b in "[!-~]{1,12}") {
            let segment = |user: &str| path_segment(&UserId::new(user).unwrap()).to_lowercase();
            prop_assert_eq!(segment(&a) == segment(&b), a == b);
            prop_assert!(segment(&a).bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte)));
        }
    }
}
