//! A hold: an operator keeps everything of one target host, one job type or one user from starting, until it is released.
//! What is held is remembered, never dropped.

use std::fmt;

use chrono::serde::{ts_milliseconds, ts_milliseconds_option};
use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};
use url::Url;
use utoipa::ToSchema;

use super::{Destination, HoldId, Invalid, Stamp, UserId};

/// How many holds there may be at once: every worker knows them all.
pub const MAX_HOLDS: usize = 100;

/// The longest time that a hold lasts. No catch-up window is longer, so whatever is forgotten in a hold longer than this
/// would not run any more.
pub const LONGEST_HOLD: TimeDelta = TimeDelta::days(7);

/// How many executions a hold releases in a minute at most, if it is given a rate.
pub const MAX_RELEASE_RATE: u32 = 10_000;

/// The longest note, in characters.
const MAX_NOTE: usize = 200;

/// What kind of thing is held.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum HoldKind {
    /// All jobs that call this host.
    TargetHost,
    /// All jobs of this type.
    JobType,
    /// All jobs of this user.
    User,
}

/// What is held.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct HeldThing {
    /// What kind of thing.
    pub kind: HoldKind,
    /// Which one: a host, a type's name, or a user.
    pub value: String,
}

impl HeldThing {
    /// Reads what a person says is to be held; `known_types` are the types that there are.
    ///
    /// # Errors
    /// [`Invalid`] names `value`.
    pub fn read(kind: HoldKind, value: &str, known_types: &[&str]) -> Result<Self, Invalid> {
        let refused = |reason: String| Invalid::new("value", reason);
        let value = match kind {
            HoldKind::TargetHost => host(value)
                .ok_or_else(|| refused("must be a host alone, such as example.com".to_owned()))?,
            HoldKind::JobType if known_types.contains(&value) => value.to_owned(),
            HoldKind::JobType => {
                let known = known_types.join(", ");
                return Err(refused(format!("is no job type; known are {known}")));
            }
            HoldKind::User => {
                let user = UserId::new(value).map_err(|invalid| refused(invalid.reason))?;
                user.to_string()
            }
        };
        Ok(Self { kind, value })
    }

    /// Whether a job is of it.
    pub fn has(&self, job: &Holdable<'_>) -> bool {
        match self.kind {
            HoldKind::TargetHost => job.target_host == Some(self.value.as_str()),
            HoldKind::JobType => job.job_type == self.value,
            HoldKind::User => job.user.as_str() == self.value,
        }
    }
}

impl fmt::Display for HeldThing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kind = match self.kind {
            HoldKind::TargetHost => "host",
            HoldKind::JobType => "type",
            HoldKind::User => "user",
        };
        write!(f, "{kind} {}", self.value)
    }
}

/// A host in the one spelling that jobs' targets are known by.
fn host(value: &str) -> Option<String> {
    let is_alone = !value.is_empty() && !value.contains(['/', '?', '#', '@', '\\']);
    let bracketed = if value.contains(':') && !value.starts_with('[') {
        format!("[{value}]")
    } else {
        value.to_owned()
    };
    let url = Url::parse(&format!("https://{bracketed}/")).ok()?;
    let has_port = url.port().is_some() || bracketed.ends_with(":443");
    let found = Destination::of(&url).filter(|_| is_alone && !has_port)?;
    Some(found.host().to_owned())
}

/// What of a job a hold asks for.
#[derive(Clone, Copy, Debug)]
pub struct Holdable<'a> {
    /// Its owner.
    pub user: &'a UserId,
    /// Its type.
    pub job_type: &'a str,
    /// The host that it calls, if it calls one.
    pub target_host: Option<&'a str>,
}

/// Where a hold stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum HoldState {
    /// Nothing of it starts.
    Holding,
    /// What it holds is let go at its rate; what is new still joins behind.
    Releasing,
    /// What is new starts at once; what it held goes as there is capacity for it.
    Lifted,
    /// Nothing is left of it.
    Over,
}

/// A hold, as stored.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hold {
    /// Its identity, and when it was placed.
    pub id: HoldId,
    /// By whom.
    pub by: UserId,
    /// What is held.
    #[serde(flatten)]
    pub thing: HeldThing,
    /// Why, for whoever asks why nothing starts.
    pub note: String,
    /// Where it stands.
    pub state: HoldState,
    /// From then on it is released by itself, if nobody does so before.
    #[serde(with = "ts_milliseconds")]
    pub until: DateTime<Utc>,
    /// How many are let go in a minute at most. `None`: as many as there is capacity for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub per_minute: Option<u32>,
    /// How many it has let go.
    #[serde(default)]
    pub released: u64,
    /// When it last let any go. It does so once in a minute of the clock.
    #[serde(
        default,
        with = "ts_milliseconds_option",
        skip_serializing_if = "Option::is_none"
    )]
    pub released_at: Option<DateTime<Utc>>,
    /// Since when what is new starts at once.
    #[serde(
        default,
        with = "ts_milliseconds_option",
        skip_serializing_if = "Option::is_none"
    )]
    pub lifted_at: Option<DateTime<Utc>>,
    /// When it was last written.
    #[serde(with = "ts_milliseconds")]
    pub updated_at: DateTime<Utc>,
    /// Set anew by every write.
    pub stamp: Stamp,
}

impl Hold {
    /// Whether what is new is held.
    pub fn holds(&self) -> bool {
        matches!(self.state, HoldState::Holding | HoldState::Releasing)
    }
}

/// Checks a hold's note.
///
/// # Errors
/// [`Invalid`] names `note`.
pub fn hold_note(note: &str) -> Result<String, Invalid> {
    let note = note.trim();
    let fits = (1..=MAX_NOTE).contains(&note.chars().count());
    if fits && !note.chars().any(char::is_control) {
        Ok(note.to_owned())
    } else {
        let reason = format!("must be one line of 1 to {MAX_NOTE} characters");
        Err(Invalid::new("note", reason))
    }
}

/// Checks how many are to be let go in a minute.
///
/// # Errors
/// [`Invalid`] names `field`.
pub fn release_rate(field: &str, per_minute: u32) -> Result<u32, Invalid> {
    if (1..=MAX_RELEASE_RATE).contains(&per_minute) {
        Ok(per_minute)
    } else {
        let reason = format!("must be from 1 to {MAX_RELEASE_RATE}");
        Err(Invalid::new(field, reason))
    }
}

/// What a record says of the hold that keeps its execution.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct HeldBy {
    /// Which hold.
    pub hold: HoldId,
    /// Why, as it said then.
    pub note: String,
    /// Since when.
    #[serde(with = "ts_milliseconds")]
    pub since: DateTime<Utc>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_held_is_said_with_its_kind() {
        for (kind, value, said) in [
            (HoldKind::TargetHost, "example.com", "host example.com"),
            (HoldKind::JobType, "echo", "type echo"),
            (HoldKind::User, "ann", "user ann"),
        ] {
            let thing = HeldThing::read(kind, value, &["echo"]).unwrap();
            assert_eq!(thing.to_string(), said);
        }
    }

    fn read(kind: HoldKind, value: &str) -> Option<String> {
        let read = HeldThing::read(kind, value, &["echo", "http"]);
        read.ok().map(|thing| thing.value)
    }

    #[test]
    fn a_host_is_held_in_the_spelling_that_targets_are_known_by() {
        for (said, known) in [
            ("Example.COM.", "example.com"),
            ("b\u{fc}cher.example", "xn--bcher-kva.example"),
            ("127.1", "127.0.0.1"),
            ("2001:DB8:0::1", "2001:db8::1"),
            ("[::1]", "::1"),
        ] {
            assert_eq!(
                read(HoldKind::TargetHost, said).as_deref(),
                Some(known),
                "{said}"
            );
        }
    }

    #[test]
    fn what_is_more_or_less_than_a_host_is_refused() {
        for said in [
            "",
            " ",
            "https://example.com",
            "example.com/a",
            "example.com:8080",
            "example.com:443",
            "[::1]:443",
            "a@example.com",
            "a?b",
            "a#b",
            "a\\b",
            "a b",
        ] {
            assert_eq!(read(HoldKind::TargetHost, said), None, "{said}");
        }
    }

    #[test]
    fn types_that_are_not_known_and_users_who_cannot_be_are_refused() {
        assert_eq!(read(HoldKind::JobType, "http").as_deref(), Some("http"));
        assert_eq!(read(HoldKind::JobType, "HTTP"), None);
        assert_eq!(read(HoldKind::User, "ann").as_deref(), Some("ann"));
        assert_eq!(read(HoldKind::User, "a b"), None);
    }

    #[test]
    fn a_note_is_one_line_of_some_length() {
        assert_eq!(
            hold_note(" the bank is down ").as_deref(),
            Ok("the bank is down")
        );
        for note in ["", "  ", "a\nb", &"n".repeat(201)] {
            assert!(hold_note(note).is_err(), "{note:?}");
        }
    }

    #[test]
    fn a_hold_is_stored_as_it_is() {
        let hold = Hold {
            id: "20261121T120000123Z_0badcafe".parse().unwrap(),
            by: UserId::new("otto").unwrap(),
            thing: HeldThing {
                kind: HoldKind::TargetHost,
                value: "example.com".to_owned(),
            },
            note: "down".to_owned(),
            state: HoldState::Releasing,
            until: DateTime::UNIX_EPOCH,
            per_minute: Some(7),
            released: 3,
            released_at: Some(DateTime::UNIX_EPOCH),
            lifted_at: None,
            updated_at: DateTime::UNIX_EPOCH,
            stamp: Stamp(1),
        };
        let stored = serde_json::to_string(&hold).unwrap();
        assert_eq!(serde_json::from_str::<Hold>(&stored).unwrap(), hold);
    }
}
