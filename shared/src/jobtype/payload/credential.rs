//! Recognises secrets that were written into a header as plain text. Better a harmless value refused, which can be made a
//! secret, than a key on record.

/// Headers that are for credentials.
const FOR_CREDENTIALS: [&str; 4] = [
    "authorization",
    "cookie",
    "proxy-authorization",
    "x-api-key",
];

/// What the names of such headers have in them; without regard to case, hyphens and underscores.
const IN_NAMES: [&str; 5] = ["token", "secret", "password", "passwd", "apikey"];

/// What tells of a credential where a word begins, and how many more letters, digits and the like it needs.
const IN_VALUES: [(&str, usize); 17] = [
    // AWS
    ("AKIA", 16),
    ("ASIA", 16),
    // GitHub and GitLab
    ("ghp_", 16),
    ("gho_", 16),
    ("ghu_", 16),
    ("ghs_", 16),
    ("ghr_", 16),
    ("github_pat_", 16),
    ("glpat-", 16),
    // Stripe
    ("sk_live_", 8),
    ("rk_live_", 8),
    ("sk_test_", 8),
    // Slack
    ("xoxb-", 8),
    ("xoxp-", 8),
    // Google
    ("AIza", 30),
    ("ya29.", 16),
    // Standard Webhooks
    ("whsec_", 16),
];

/// Whether a header with this name and value holds a credential for all to read.
pub(super) fn is_credential(name: &str, value: &str) -> bool {
    let name = name.to_ascii_lowercase();
    let squeezed = name.replace(['-', '_'], "");
    FOR_CREDENTIALS.contains(&name.as_str())
        || IN_NAMES.iter().any(|part| squeezed.contains(part))
        || looks_like_one(value)
}

fn looks_like_one(value: &str) -> bool {
    let start = value.trim_start().to_ascii_lowercase();
    start.starts_with("bearer ")
        || start.starts_with("basic ")
        || (value.contains("-----BEGIN ") && value.contains("PRIVATE KEY-----"))
        || words(value).any(|word| is_jwt(word) || has_known_beginning(word))
}

/// The parts of a value that a credential could be.
fn words(value: &str) -> impl Iterator<Item = &str> {
    value
        .split(|c: char| !(c.is_ascii_alphanumeric() || "-_.~+/=".contains(c)))
        .flat_map(|word| std::iter::once(word).chain(word.split_once('=').map(|(_, value)| value)))
}

fn has_known_beginning(word: &str) -> bool {
    IN_VALUES.iter().any(|(beginning, more)| {
        let rest = word.strip_prefix(beginning);
        rest.is_some_and(|rest| rest.bytes().take_while(|byte| is_usual(*byte)).count() >= *more)
    })
}

/// Three parts of Base64, the first of which is JSON: `eyJ` is how `{"` begins.
fn is_jwt(word: &str) -> bool {
    let parts: Vec<_> = word.split('.').collect();
    let is_part = |part: &&str| part.len() >= 4 && part.bytes().all(is_usual);
    parts.len() == 3 && parts[0].starts_with("eyJ") && parts.iter().all(is_part)
}

fn is_usual(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_'
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn headers_for_credentials_are_known_by_their_names() {
        for name in [
            "Authorization",
            "COOKIE",
            "X-Api-Key",
            "x_api_key",
            "Proxy-Authorization",
            "X-Auth-Token",
            "X-Client-Secret",
            "Db-Password",
            "apikey",
        ] {
            assert!(is_credential(name, "v"), "{name}");
        }
    }

    #[test]
    fn known_credentials_are_recognised_under_any_name() {
        let jwt = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJhIn0.c2lnbmF0dXJl";
        for value in [
            "AKIAIOSFODNN7EXAMPLE",
            "key=AKIAIOSFODNN7EXAMPLE",
            "ghp_0123456789abcdefghij",
            "github_pat_0123456789abcdefghij",
            "glpat-0123456789abcdefghij",
            "sk_live_0123456789ab",
            "xoxb-0123456789-abc",
            "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
            "Bearer abc",
            "bearer abc",
            "Basic YWxpY2U6cGFzcw==",
            jwt,
            &format!("jwt {jwt};"),
            "-----BEGIN PRIVATE KEY-----",
            "-----BEGIN RSA PRIVATE KEY-----",
        ] {
            assert!(is_credential("X-Report", value), "{value}");
        }
    }

    #[test]
    fn what_only_resembles_one_passes() {
        for (name, value) in [
            ("Accept", "application/json"),
            ("Content-Type", "text/plain; charset=utf-8"),
            ("X-Report", "daily"),
            ("X-Word", "AKIA"),
            ("X-Mood", "bearers of news"),
            ("X-Version", "1.2.3"),
            ("User-Agent", "eyJ"),
            (
                "X-Trace",
                "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
            ),
            (
                "If-None-Match",
                "\"33a64df551425fcc55e4d42a148795d9f25f89d4\"",
            ),
        ] {
            assert!(!is_credential(name, value), "{name}: {value}");
        }
    }

    proptest! {
        #[test]
        fn harmless_headers_pass(
            name in "(X-)?(Report|Trace|Team|Accept|Content)-(Id|Kind|Language|Number)",
            value in "[a-z0-9 ,;=/*-]{0,40}",
        ) {
            prop_assume!(!value.trim_start().starts_with("bearer ") && !value.trim_start().starts_with("basic "));
            prop_assume!(!value.contains("glpat-") && !value.contains("xox"));
            prop_assert!(!is_credential(&name, &value), "{}: {}", name, value);
        }

        #[test]
        fn a_key_is_found_wherever_it_stands(before in "[a-z ]{0,9}[ ,;:=]", after in "[ ,;][a-z ]{0,9}") {
            let value = format!("{before}AKIAIOSFODNN7EXAMPLE{after}");
            prop_assert!(is_credential("X-Report", &value), "{}", value);
        }
    }
}
