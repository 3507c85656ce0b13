//! The three looks at a payload: whether it may be accepted, what it needs, and what the handler is given.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, SecondsFormat, Utc};
use serde_json::Value;

use super::credential::is_credential;
use super::path::{Leaf, Path, rebuild};
use super::place::{Place, Placeholders, References};
use super::render;
use super::template::{Piece, Placeholder, names_one, parse};
use crate::domain::{ExecutionId, Invalid, JobId, SecretName, SecretText};

/// How many secrets a payload may name.
pub const MAX_SECRETS: usize = 20;

/// What placeholders stand for.
#[derive(Clone, Debug, PartialEq)]
pub struct Facts {
    /// The execution.
    pub execution: ExecutionId,
    /// The attempt's number.
    pub attempt: u32,
    /// What the job is called.
    pub job_name: String,
    /// The output of the job's latest success, or null.
    pub last_result: Value,
}

impl Facts {
    /// When the execution was due.
    pub(super) fn fire_time(&self) -> String {
        let fire_time = self.execution.occasion.fire_time();
        fire_time.to_rfc3339_opts(SecondsFormat::AutoSi, true)
    }

    /// Facts of the usual form, to try a payload with.
    fn sample() -> Self {
        Self {
            execution: ExecutionId::scheduled(JobId::from_random(0), DateTime::<Utc>::UNIX_EPOCH),
            attempt: 1,
            job_name: "x".to_owned(),
            last_result: Value::Null,
        }
    }
}

/// What a payload is filled with.
pub struct Given<'a> {
    /// What its placeholders stand for.
    pub facts: &'a Facts,
    /// The secrets that it names.
    pub secrets: &'a BTreeMap<SecretName, SecretText>,
}

/// What has to be read before a payload can be filled.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Needs {
    /// The secrets that it names.
    pub secrets: BTreeSet<SecretName>,
    /// Whether it asks for the job's last result.
    pub last_result: bool,
}

/// What a type allows, place by place: the keys that lead to a value, and what may stand there.
pub(in crate::jobtype) type Places = fn(&[&str]) -> Place;

fn place_of(places: Places, path: &Path) -> Place {
    let keys = path.keys();
    let keys: Vec<_> = keys.iter().map(Cow::as_ref).collect();
    places(&keys)
}

/// Checks that everything stands where it may. The answer is the payload as its handler might be given it, for the type
/// to check the rest.
///
/// # Errors
/// [`Invalid`] names the field under `payload`.
pub(in crate::jobtype) fn check(payload: &Value, places: Places) -> Result<Value, Invalid> {
    let facts = Facts::sample();
    let mut named = BTreeSet::new();
    rebuild(payload, &mut Path::default(), &mut |path, leaf| {
        let refuse = |reason: &str| Err(Invalid::new(path.field(), reason));
        let place = place_of(places, path);
        match leaf {
            Leaf::Key(key) if names_one(key) => refuse("cannot have a placeholder in its name"),
            Leaf::Key(_) => Ok(Value::Null),
            Leaf::Reference(_) if place.references == References::Refused => {
                refuse("cannot be a reference to a secret here")
            }
            Leaf::Reference(name) => {
                let name: SecretName = name.parse().map_err(|invalid: Invalid| {
                    Invalid::new(path.field() + ".secret", invalid.reason)
                })?;
                named.insert(name);
                if named.len() > MAX_SECRETS {
                    return refuse("is one secret too many: a payload may name 20");
                }
                Ok("secret".into())
            }
            Leaf::Text(text) => {
                if place.references == References::Required
                    || place.references == References::InsteadOfCredentials
                        && is_credential(path.keys().last().map_or("", |key| key), text)
                {
                    return refuse(r#"must be a reference to a secret: {"secret": "name"}"#);
                }
                if place.placeholders == Placeholders::Refused {
                    return if names_one(text) {
                        refuse("cannot have placeholders")
                    } else {
                        Ok(text.into())
                    };
                }
                let pieces = pieces(path, text)?;
                render::check(place.placeholders, &pieces)
                    .and_then(|()| render::render(place.placeholders, &pieces, &facts))
                    .map_err(|reason| Invalid::new(path.field(), reason))
            }
        }
    })
}

fn pieces(path: &Path, text: &str) -> Result<Vec<Piece>, Invalid> {
    parse(text).map_err(|reason| Invalid::new(path.field(), reason))
}

/// What has to be read before the payload can be filled.
///
/// # Errors
/// [`Invalid`] if it is not one that [`check`] lets pass: another version of the type accepted it.
pub(in crate::jobtype) fn needs(payload: &Value, places: Places) -> Result<Needs, Invalid> {
    let mut needs = Needs::default();
    rebuild(payload, &mut Path::default(), &mut |path, leaf| {
        let place = place_of(places, path);
        match leaf {
            Leaf::Reference(name) if place.references != References::Refused => {
                needs.secrets.insert(name.parse()?);
            }
            Leaf::Text(text) if place.placeholders != Placeholders::Refused => {
                needs.last_result |= pieces(path, text)?
                    .iter()
                    .any(|piece| matches!(piece, Piece::Placeholder(Placeholder::LastResult(_))));
            }
            Leaf::Text(_) | Leaf::Reference(_) | Leaf::Key(_) => {}
        }
        Ok::<_, Invalid>(Value::Null)
    })?;
    Ok(needs)
}

/// The payload with plain text for its references and placeholders.
///
/// # Errors
/// [`Invalid`] if a placeholder's value cannot stand where it would; it does not say what the value is.
pub(in crate::jobtype) fn fill(
    payload: &Value,
    places: Places,
    given: &Given<'_>,
) -> Result<Value, Invalid> {
    rebuild(payload, &mut Path::default(), &mut |path, leaf| {
        let place = place_of(places, path);
        match leaf {
            Leaf::Key(_) => Ok(Value::Null),
            Leaf::Reference(name) if place.references == References::Refused => {
                // From before references were known: it is what it looks like.
                Ok(serde_json::json!({ "secret": name }))
            }
            Leaf::Reference(name) => {
                let text = given.secrets.get(&name.parse()?);
                let text = text.ok_or_else(|| Invalid::new(path.field(), "was not read"))?;
                Ok(text.reveal().into())
            }
            Leaf::Text(text) if place.placeholders == Placeholders::Refused => Ok(text.into()),
            Leaf::Text(text) => {
                let pieces = pieces(path, text)?;
                render::render(place.placeholders, &pieces, given.facts)
                    .map_err(|reason| Invalid::new(path.field(), reason))
            }
        }
    })
}
