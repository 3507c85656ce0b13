//! How callers prove who they are, from the environment. A missing or odd value stops the start: there is no default
//! that lets anybody in.

use punctual::edge::ConfigError;
use url::{Host, Url};

use super::claims::Expected;

/// The claim that names the role, unless the environment names another.
pub const DEFAULT_ROLE_CLAIM: &str = "punctual_role";

/// Who verifies tokens.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum IdentityConfig {
    /// API Gateway has verified the token: its authoriser's claims are trusted, and no header.
    Gateway {
        /// The claim that names the role.
        role_claim: String,
    },
    /// The function verifies it against an issuer's keys.
    Issuer {
        /// What tokens must say.
        expected: Expected,
        /// Where the issuer publishes its keys.
        jwks_url: String,
    },
}

impl IdentityConfig {
    /// Reads `PUNCTUAL_IDENTITY` (`gateway` or `issuer`) and `PUNCTUAL_ROLE_CLAIM`; for `issuer` also
    /// `PUNCTUAL_ISSUER`, `PUNCTUAL_AUDIENCE` and `PUNCTUAL_JWKS_URL`.
    ///
    /// # Errors
    /// [`ConfigError`] names the variable.
    pub fn from_env() -> Result<Self, ConfigError> {
        Self::from_lookup(|name| std::env::var(name).ok())
    }

    /// As [`Self::from_env`], of variables that are kept elsewhere.
    ///
    /// # Errors
    /// [`ConfigError`] names the variable.
    pub fn from_lookup(lookup: impl Fn(&str) -> Option<String>) -> Result<Self, ConfigError> {
        let get = |name: &str| lookup(name).filter(|value| !value.is_empty());
        let require = |name: &'static str| get(name).ok_or(ConfigError::Missing(name));
        let role_claim = role_claim(get("PUNCTUAL_ROLE_CLAIM"))?;
        match require("PUNCTUAL_IDENTITY")?.as_str() {
            "gateway" => Ok(Self::Gateway { role_claim }),
            "issuer" => Ok(Self::Issuer {
                expected: Expected {
                    issuer: require("PUNCTUAL_ISSUER")?,
                    audience: require("PUNCTUAL_AUDIENCE")?,
                    role_claim,
                },
                jwks_url: jwks_url(require("PUNCTUAL_JWKS_URL")?)?,
            }),
            _ => Err(ConfigError::Unusable {
                name: "PUNCTUAL_IDENTITY",
                expected: "gateway or issuer",
            }),
        }
    }
}

/// A claim that means something else would make roles of it: a user called `admin` would be one.
fn role_claim(given: Option<String>) -> Result<String, ConfigError> {
    const TAKEN: [&str; 9] = [
        "iss",
        "sub",
        "aud",
        "exp",
        "nbf",
        "iat",
        "jti",
        "azp",
        "client_id",
    ];
    match given {
        None => Ok(DEFAULT_ROLE_CLAIM.to_owned()),
        Some(claim) if !TAKEN.contains(&claim.as_str()) => Ok(claim),
        Some(_) => Err(ConfigError::Unusable {
            name: "PUNCTUAL_ROLE_CLAIM",
            expected: "a claim of its own, not one with another meaning",
        }),
    }
}

/// Whoever can answer in the issuer's place decides who is an administrator: TLS, or this machine.
fn jwks_url(given: String) -> Result<String, ConfigError> {
    let trusted = Url::parse(&given).is_ok_and(|url| match url.scheme() {
        "https" => true,
        "http" => match url.host() {
            Some(Host::Ipv4(address)) => address.is_loopback(),
            Some(Host::Ipv6(address)) => address.is_loopback(),
            Some(Host::Domain(name)) => name == "localhost",
            None => false,
        },
        _ => false,
    });
    trusted.then_some(given).ok_or(ConfigError::Unusable {
        name: "PUNCTUAL_JWKS_URL",
        expected: "an https URL, or an http one on loopback",
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(pairs: &[(&str, &str)]) -> Result<IdentityConfig, ConfigError> {
        IdentityConfig::from_lookup(|name| {
            let found = pairs.iter().find(|(key, _)| *key == name);
            found.map(|(_, value)| (*value).to_owned())
        })
    }

    const ISSUER: [(&str, &str); 4] = [
        ("PUNCTUAL_IDENTITY", "issuer"),
        ("PUNCTUAL_ISSUER", "https://issuer.example"),
        ("PUNCTUAL_AUDIENCE", "punctual"),
        ("PUNCTUAL_JWKS_URL", "https://issuer.example/jwks.json"),
    ];

    #[test]
    fn either_mode_is_read_with_the_default_role_claim() {
        let gateway = read(&[("PUNCTUAL_IDENTITY", "gateway")]).unwrap();
        let role_claim = "punctual_role".to_owned();
        assert_eq!(gateway, IdentityConfig::Gateway { role_claim });
        let IdentityConfig::Issuer { expected, jwks_url } = read(&ISSUER).unwrap() else {
            panic!("the other mode");
        };
        assert_eq!(expected.role_claim, "punctual_role");
        assert_eq!(jwks_url, "https://issuer.example/jwks.json");
    }

    #[test]
    fn a_missing_variable_is_named() {
        for (left_out, (name, _)) in ISSUER.iter().enumerate() {
            let mut pairs = ISSUER.to_vec();
            pairs.remove(left_out);
            let refusal = read(&pairs).unwrap_err();
            assert!(refusal.to_string().contains(name), "{refusal}");
        }
    }

    #[test]
    fn an_odd_value_stops_the_start() {
        for (name, value) in [
            ("PUNCTUAL_IDENTITY", "none"),
            ("PUNCTUAL_IDENTITY", "Gateway"),
            ("PUNCTUAL_IDENTITY", " issuer"),
            ("PUNCTUAL_ROLE_CLAIM", "sub"),
            ("PUNCTUAL_JWKS_URL", "http://issuer.example/jwks.json"),
            ("PUNCTUAL_JWKS_URL", "http://127.0.0.1.example/jwks.json"),
            ("PUNCTUAL_JWKS_URL", "file:///etc/jwks.json"),
            ("PUNCTUAL_JWKS_URL", "issuer.example"),
        ] {
            let mut pairs = ISSUER.to_vec();
            pairs.retain(|(kept, _)| *kept != name);
            pairs.push((name, value));
            let refusal = read(&pairs).unwrap_err();
            assert!(refusal.to_string().contains(name), "{value}: {refusal}");
        }
        for url in [
            "http://127.0.0.1:8081/k",
            "http://[::1]/k",
            "http://localhost/k",
        ] {
            assert!(read(&[ISSUER[0], ISSUER[1], ISSUER[2], ("PUNCTUAL_JWKS_URL", url)]).is_ok());
        }
    }
}
