//! What a token says of itself. Nobody here can verify it: only the API's answer proves anything.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::{DateTime, Utc};
use serde_json::{Map, Value};

/// The claims of a token, unverified.
#[derive(Debug)]
pub struct Claims(Map<String, Value>);

impl Claims {
    /// The claims, if the token has the form of a JWT.
    pub fn of(token: &str) -> Option<Self> {
        let mut parts = token.split('.');
        let (_, payload, _) = (parts.next()?, parts.next()?, parts.next()?);
        if parts.next().is_some() {
            return None;
        }
        let payload = URL_SAFE_NO_PAD.decode(payload).ok()?;
        serde_json::from_slice(&payload).ok().map(Self)
    }

    /// Whose it is.
    pub fn user(&self) -> Option<&str> {
        self.0.get("sub")?.as_str()
    }

    /// What it may do. Another issuer's role may be in another claim, which only the API knows.
    pub fn role(&self) -> Option<&str> {
        self.0.get("punctual_role")?.as_str()
    }

    /// Who made it.
    pub fn issuer(&self) -> Option<&str> {
        self.0.get("iss")?.as_str()
    }

    /// How long it is good.
    pub fn expires_at(&self) -> Option<DateTime<Utc>> {
        let seconds = self.0.get("exp")?.as_f64()?;
        #[expect(
            clippy::cast_possible_truncation,
            reason = "a time out of range is none"
        )]
        DateTime::from_timestamp(seconds as i64, 0)
    }

    /// All of them.
    pub fn document(&self) -> Value {
        Value::Object(self.0.clone())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn token(claims: &str) -> String {
        let encode = |text: &str| URL_SAFE_NO_PAD.encode(text);
        format!(
            "{}.{}.{}",
            encode("{}"),
            encode(claims),
            encode("no signature")
        )
    }

    #[test]
    fn a_token_says_whose_it_is_and_how_long() {
        let claims =
            r#"{"sub":"ann","punctual_role":"operator","exp":1795953600,"iss":"https://i.test"}"#;
        let claims = Claims::of(&token(claims)).unwrap();
        assert_eq!(claims.user(), Some("ann"));
        assert_eq!(claims.role(), Some("operator"));
        assert_eq!(claims.issuer(), Some("https://i.test"));
        let at = claims.expires_at().unwrap();
        assert_eq!(at.to_rfc3339(), "2026-11-29T12:00:00+00:00");
    }

    #[test]
    fn what_is_no_token_says_nothing() {
        for text in [
            "",
            "abc",
            "a.b",
            "a.b.c",
            "a.b.c.d",
            &token("[]"),
            &token("{"),
        ] {
            assert!(Claims::of(text).is_none(), "{text}");
        }
        let odd = Claims::of(&token(r#"{"sub":1,"exp":"soon"}"#)).unwrap();
        assert_eq!((odd.user(), odd.expires_at()), (None, None));
    }
}
