//! Which scripts are registered, from the environment: the API accepts jobs that name one of these.

use std::collections::BTreeSet;

use super::ConfigError;
use crate::domain::ScriptName;
use crate::jobtype::KnownScripts;

const VARIABLE: &str = "PUNCTUAL_SCRIPTS";

/// Reads the variable `PUNCTUAL_SCRIPTS`: names with commas between them. Without it no script is known.
///
/// # Errors
/// [`ConfigError`] names the variable.
pub fn scripts_from_env() -> Result<KnownScripts, ConfigError> {
    scripts_from(&std::env::var(VARIABLE).unwrap_or_default())
}

fn scripts_from(text: &str) -> Result<KnownScripts, ConfigError> {
    let names = text
        .split(',')
        .map(str::trim)
        .filter(|name| !name.is_empty());
    let names: Result<BTreeSet<_>, _> = names.map(ScriptName::new).collect();
    let names = names.map_err(|refusal| ConfigError::Refused {
        name: VARIABLE,
        refusal,
    })?;
    Ok(KnownScripts(names))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_stand_between_commas() {
        let names = ["greet", "word-count"].map(|name| ScriptName::new(name).unwrap());
        let known = KnownScripts(BTreeSet::from(names));
        assert_eq!(scripts_from("greet, word-count,").unwrap(), known);
        assert_eq!(scripts_from("").unwrap(), KnownScripts::default());
    }

    #[test]
    fn a_name_that_is_none_stops_the_start() {
        for bad in ["Greet", "a/b", "a b", "greet;word-count"] {
            let refusal = scripts_from(bad).unwrap_err().to_string();
            assert!(refusal.contains(VARIABLE), "{bad}: {refusal}");
        }
    }
}
