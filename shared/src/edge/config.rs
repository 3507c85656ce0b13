//! A function's configuration. A missing or unreadable variable stops the start; nothing falls back silently.

use std::num::NonZeroU16;

use crate::domain::{Invalid, is_mail_address};

/// Why the environment cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// A variable is not set.
    #[error("the environment variable {0} is not set")]
    Missing(&'static str),
    /// A variable's value cannot be used.
    #[error("the environment variable {name} must be {expected}")]
    Unusable {
        /// The variable.
        name: &'static str,
        /// What it must be.
        expected: &'static str,
    },
    /// A part of a variable's value cannot be used.
    #[error("the environment variable {name} cannot be used: {refusal}")]
    Refused {
        /// The variable.
        name: &'static str,
        /// The part, and why.
        refusal: Invalid,
    },
}

/// What every function needs to know.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Config {
    /// First part of every table's and queue's name: `punctual-prod`.
    pub namespace: String,
    /// What comes before a queue's name in its URL: `https://sqs.eu-west-1.amazonaws.com/123456789012`.
    pub queue_base_url: String,
    /// In how many shards a minute's hints lie. May grow at any time; must not shrink.
    pub shards: NonZeroU16,
    /// The region that this is in, as terms name it.
    pub region: Option<String>,
    /// The EventBridge bus for dead letters, if there is one.
    pub event_bus: Option<String>,
    /// The sender of mail, if mail is sent.
    pub mail_from: Option<String>,
    /// The bucket for results that are too large for a record, if there is one.
    pub results_bucket: Option<String>,
}

impl Config {
    /// Shards, unless the environment says otherwise.
    pub const DEFAULT_SHARDS: NonZeroU16 = NonZeroU16::new(64).unwrap();

    /// Reads the variables `PUNCTUAL_NAMESPACE`, `PUNCTUAL_QUEUE_BASE_URL`, `PUNCTUAL_SHARDS`, `PUNCTUAL_EVENT_BUS`,
    /// `PUNCTUAL_MAIL_FROM` and `PUNCTUAL_RESULTS_BUCKET`, and `AWS_REGION`, which Lambda sets.
    ///
    /// # Errors
    /// [`ConfigError`] names the variable.
    pub fn from_env() -> Result<Self, ConfigError> {
        Self::from_lookup(|name| std::env::var(name).ok())
    }

    /// The bucket for large results, for a function that does not do without.
    ///
    /// # Errors
    /// [`ConfigError`] if there is none.
    pub fn require_results_bucket(&self) -> Result<String, ConfigError> {
        let bucket = self.results_bucket.clone();
        bucket.ok_or(ConfigError::Missing("PUNCTUAL_RESULTS_BUCKET"))
    }

    fn from_lookup(lookup: impl Fn(&str) -> Option<String>) -> Result<Self, ConfigError> {
        let get = |name: &str| lookup(name).filter(|value| !value.is_empty());
        let require = |name: &'static str| get(name).ok_or(ConfigError::Missing(name));
        let shards = match get("PUNCTUAL_SHARDS") {
            None => Self::DEFAULT_SHARDS,
            Some(text) => text.parse().map_err(|_| ConfigError::Unusable {
                name: "PUNCTUAL_SHARDS",
                expected: "a number from 1 to 65535",
            })?,
        };
        Ok(Self {
            namespace: require("PUNCTUAL_NAMESPACE")?,
            queue_base_url: require("PUNCTUAL_QUEUE_BASE_URL")?
                .trim_end_matches('/')
                .to_owned(),
            shards,
            region: get("AWS_REGION"),
            event_bus: get("PUNCTUAL_EVENT_BUS"),
            mail_from: match get("PUNCTUAL_MAIL_FROM") {
                Some(address) if !is_mail_address(&address) => {
                    return Err(ConfigError::Unusable {
                        name: "PUNCTUAL_MAIL_FROM",
                        expected: "a mail address",
                    });
                }
                from => from,
            },
            results_bucket: get("PUNCTUAL_RESULTS_BUCKET"),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lookup<'a>(pairs: &'a [(&str, &str)]) -> impl Fn(&str) -> Option<String> + 'a {
        |name| {
            let found = pairs.iter().find(|(key, _)| *key == name);
            found.map(|(_, value)| (*value).to_owned())
        }
    }

    const FULL: [(&str, &str); 2] = [
        ("PUNCTUAL_NAMESPACE", "punctual-dev"),
        (
            "PUNCTUAL_QUEUE_BASE_URL",
            "http://127.0.0.1:4566/000000000000/",
        ),
    ];

    #[test]
    fn the_defaults_are_64_shards_and_no_event_bus() {
        let config = Config::from_lookup(lookup(&FULL)).unwrap();
        assert_eq!(config.shards.get(), 64);
        assert_eq!(config.event_bus, None);
        assert_eq!(config.queue_base_url, "http://127.0.0.1:4566/000000000000");
    }

    #[test]
    fn a_missing_variable_is_named() {
        let refusal = Config::from_lookup(lookup(&FULL[..1])).unwrap_err();
        assert!(refusal.to_string().contains("PUNCTUAL_QUEUE_BASE_URL"));
    }

    #[test]
    fn a_sender_that_is_no_address_stops_the_start() {
        let with = |from| {
            let pairs = [FULL[0], FULL[1], ("PUNCTUAL_MAIL_FROM", from)];
            Config::from_lookup(lookup(&pairs))
        };
        assert_eq!(
            with("p@example.com").unwrap().mail_from.unwrap(),
            "p@example.com"
        );
        assert_eq!(with("").unwrap().mail_from, None);
        assert!(with("Punctual <p@example.com>").is_err());
    }

    #[test]
    fn an_unusable_shard_count_stops_the_start() {
        for count in ["0", "many", "-1", "70000"] {
            let pairs = [FULL[0], FULL[1], ("PUNCTUAL_SHARDS", count)];
            assert!(Config::from_lookup(lookup(&pairs)).is_err(), "{count}");
        }
    }
}
