//! What the claims of a verified token prove. A claim that is missing, or of another form than expected, proves nothing;
//! a role that is not exactly one of the names is no role.

use chrono::{DateTime, Utc};
use punctual::domain::{Role, UserId};
use serde_json::{Map, Value};

use super::Refusal;

/// What the deployment's tokens say.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Expected {
    /// `iss`, exactly.
    pub issuer: String,
    /// One of `aud`.
    pub audience: String,
    /// The claim that names the role.
    pub role_claim: String,
}

/// Who calls, and as what.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Proven {
    /// `sub`.
    pub user: UserId,
    /// `None` may do nothing.
    pub role: Option<Role>,
}

/// How far the issuer's clock may be from ours.
const LEEWAY_SECONDS: f64 = 30.0;

impl Expected {
    /// Judges the claims of a token whose signature has been verified.
    ///
    /// # Errors
    /// [`Refusal::Invalid`] says what does not fit.
    pub fn check(
        &self,
        claims: &Map<String, Value>,
        now: DateTime<Utc>,
    ) -> Result<Proven, Refusal> {
        let text = |name| claims.get(name).and_then(Value::as_str);
        if text("iss") != Some(&self.issuer) {
            return Err(Refusal::Invalid("the token is another issuer's"));
        }
        let meant_for_us = match claims.get("aud") {
            Some(Value::String(one)) => *one == self.audience,
            Some(Value::Array(several)) => several.iter().any(|one| *one == *self.audience),
            _ => false,
        };
        if !meant_for_us {
            return Err(Refusal::Invalid("the token is for another audience"));
        }
        check_time(claims, now)?;
        let user = text("sub").and_then(|sub| UserId::new(sub).ok());
        Ok(Proven {
            user: user.ok_or(UNNAMED)?,
            role: claims
                .get(&self.role_claim)
                .and_then(Value::as_str)
                .and_then(role),
        })
    }
}

/// The refusal of a token that names nobody.
pub(super) const UNNAMED: Refusal =
    Refusal::Invalid("sub must be 1 to 128 visible ASCII characters");

/// The role of this exact name.
pub(super) fn role(name: &str) -> Option<Role> {
    Role::ALL.into_iter().find(|role| role.name() == name)
}

fn check_time(claims: &Map<String, Value>, now: DateTime<Utc>) -> Result<(), Refusal> {
    #[expect(
        clippy::cast_precision_loss,
        reason = "a double holds milliseconds for 285,000 years"
    )]
    let now = now.timestamp_millis() as f64 / 1_000.0;
    // Seconds, whole or not (RFC 7519, section 2).
    let instant = |name| match claims.get(name) {
        None => Ok(None),
        Some(value) => value
            .as_f64()
            .map(Some)
            .ok_or(Refusal::Invalid("exp, nbf and iat must be numbers")),
    };
    let expires = instant("exp")?.ok_or(Refusal::Invalid("the token has no exp"))?;
    if expires + LEEWAY_SECONDS <= now {
        return Err(Refusal::Invalid("the token has expired"));
    }
    for begins in [instant("nbf")?, instant("iat")?].into_iter().flatten() {
        if begins - LEEWAY_SECONDS > now {
            return Err(Refusal::Invalid("the token is not valid yet"));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const NOW: i64 = 1_795_262_400;

    fn check(change: impl FnOnce(&mut Map<String, Value>)) -> Result<Proven, Refusal> {
        let expected = Expected {
            issuer: "https://issuer.example".to_owned(),
            audience: "punctual".to_owned(),
            role_claim: "punctual_role".to_owned(),
        };
        let mut claims = json!({
            "iss": "https://issuer.example", "aud": "punctual", "sub": "alice", "exp": NOW + 60,
            "punctual_role": "user",
        });
        change(claims.as_object_mut().unwrap());
        expected.check(
            claims.as_object().unwrap(),
            DateTime::from_timestamp(NOW, 0).unwrap(),
        )
    }

    fn with(name: &str, value: Value) -> Result<Proven, Refusal> {
        check(|claims| drop(claims.insert(name.to_owned(), value)))
    }

    #[test]
    fn whole_claims_prove_a_user_and_a_role() {
        let proven = check(|_| {}).unwrap();
        assert_eq!(proven.user.as_str(), "alice");
        assert_eq!(proven.role, Some(Role::User));
    }

    #[test]
    fn every_required_claim_is_required() {
        for name in ["iss", "aud", "sub", "exp"] {
            assert!(check(|claims| drop(claims.remove(name))).is_err(), "{name}");
        }
    }

    #[test]
    fn a_token_lives_from_nbf_to_exp_with_half_a_minute_of_leeway() {
        for (name, value, lives) in [
            ("exp", json!(NOW - 29), true),
            ("exp", json!(NOW - 30), false),
            ("exp", json!(1_795_262_370.5), true),
            ("exp", json!(-1), false),
            ("nbf", json!(NOW + 30), true),
            ("nbf", json!(NOW + 31), false),
            ("iat", json!(NOW + 31), false),
        ] {
            assert_eq!(with(name, value.clone()).is_ok(), lives, "{name} {value}");
        }
    }

    #[test]
    fn a_claim_of_another_form_proves_nothing() {
        for (name, value) in [
            ("exp", json!("1795262460")),
            ("exp", json!([NOW + 60])),
            ("exp", json!(null)),
            ("nbf", json!("0")),
            ("nbf", json!(null)),
            ("iss", json!(["https://issuer.example"])),
            ("iss", json!("https://issuer.example/")),
            ("aud", json!({ "punctual": true })),
            ("aud", json!(["another"])),
            ("aud", json!([])),
            ("aud", json!([["punctual"]])),
            ("aud", json!("punctual ")),
            ("sub", json!(["alice"])),
            ("sub", json!(7)),
            ("sub", json!("")),
            ("sub", json!("alice smith")),
            ("sub", json!("a".repeat(129))),
        ] {
            assert!(with(name, value.clone()).is_err(), "{name} {value}");
        }
        assert!(with("aud", json!(["another", "punctual"])).is_ok());
    }

    #[test]
    fn only_the_exact_name_of_a_role_is_a_role() {
        for value in [
            json!(["admin"]),
            json!({ "role": "admin" }),
            json!({ "admin": true }),
            json!("Admin"),
            json!("ADMIN"),
            json!("admin "),
            json!(" admin"),
            json!("admin\n"),
            json!("admin,user"),
            json!("admin user"),
            json!("\u{0430}dmin"),
            json!(""),
            json!(null),
            json!(true),
            json!(0),
        ] {
            assert_eq!(
                with("punctual_role", value.clone()).unwrap().role,
                None,
                "{value}"
            );
        }
        let none = check(|claims| drop(claims.remove("punctual_role"))).unwrap();
        assert_eq!(none.role, None);
        for role in Role::ALL {
            let proven = with("punctual_role", json!(role.name())).unwrap();
            assert_eq!(proven.role, Some(role));
        }
    }
}
