//! The scripts that can be run: those named in `manifest.json` beside them, and no others. On AWS they are part of the
//! function's program; locally they are read from a folder.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use include_dir::{Dir, include_dir};
use punctual::domain::ScriptName;
use serde::Deserialize;

use crate::Limits;

static SCRIPTS: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/scripts");

const MANIFEST: &str = "manifest.json";

/// A registered script.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// The program: a text that begins with `#!`, or a binary.
    pub program: Vec<u8>,
    /// What it may use.
    pub limits: Limits,
}

/// The registered scripts.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Catalog {
    entries: BTreeMap<ScriptName, Entry>,
}

/// Why the scripts cannot be registered.
#[derive(Debug, thiserror::Error)]
pub enum CatalogError {
    /// A file cannot be read.
    #[error("{file} cannot be read")]
    Unread {
        /// The file.
        file: String,
        /// The cause.
        #[source]
        source: std::io::Error,
    },
    /// The manifest does not say what it should.
    #[error("{MANIFEST} is not a list of scripts")]
    Manifest(#[source] serde_json::Error),
    /// A name is there twice.
    #[error("{MANIFEST} names {0} twice")]
    Twice(ScriptName),
    /// A program is not a plain file beside the manifest.
    #[error("{MANIFEST} names the program {0:?}, which is not a file beside it")]
    NoSuchProgram(String),
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Registration {
    name: ScriptName,
    program: String,
    #[serde(rename = "description")]
    _description: String,
    #[serde(default)]
    limits: Limits,
}

impl Catalog {
    /// The scripts in the program itself.
    ///
    /// # Errors
    /// If they were not built as they should be; a test sees to it that they were.
    pub fn embedded() -> Result<Self, CatalogError> {
        Self::of(|file| Ok(SCRIPTS.get_file(file).map(|file| file.contents().to_vec())))
    }

    /// The scripts in `folder`.
    ///
    /// # Errors
    /// If a file cannot be read, or the manifest names what is not there.
    pub fn open(folder: &Path) -> Result<Self, CatalogError> {
        Self::of(|file| {
            let path = folder.join(file);
            if !path.is_file() {
                return Ok(None);
            }
            fs::read(&path)
                .map(Some)
                .map_err(|source| CatalogError::Unread {
                    file: path.display().to_string(),
                    source,
                })
        })
    }

    fn of(
        read: impl Fn(&str) -> Result<Option<Vec<u8>>, CatalogError>,
    ) -> Result<Self, CatalogError> {
        let file = |name: &str| -> Result<Vec<u8>, CatalogError> {
            // Only what lies beside the manifest: a name is no path.
            if name.contains(['/', '\\']) {
                return Err(CatalogError::NoSuchProgram(name.to_owned()));
            }
            read(name)?.ok_or_else(|| CatalogError::NoSuchProgram(name.to_owned()))
        };
        let registrations: Vec<Registration> =
            serde_json::from_slice(&file(MANIFEST)?).map_err(CatalogError::Manifest)?;
        let mut entries = BTreeMap::new();
        for registration in registrations {
            let entry = Entry {
                program: file(&registration.program)?,
                limits: registration.limits,
            };
            if entries.insert(registration.name.clone(), entry).is_some() {
                return Err(CatalogError::Twice(registration.name));
            }
        }
        Ok(Self { entries })
    }

    /// The script of that name.
    pub fn find(&self, name: &ScriptName) -> Option<&Entry> {
        self.entries.get(name)
    }

    /// The names, in their order.
    pub fn names(&self) -> impl Iterator<Item = &ScriptName> {
        self.entries.keys()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn catalog(manifest: &str) -> Result<Catalog, CatalogError> {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join(MANIFEST), manifest).unwrap();
        fs::write(folder.path().join("a.sh"), "#!/bin/sh\n").unwrap();
        Catalog::open(folder.path())
    }

    #[test]
    fn the_scripts_that_are_built_in_are_all_there() {
        let embedded = Catalog::embedded().unwrap();
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("scripts");
        assert_eq!(embedded, Catalog::open(&folder).unwrap());
        assert!(embedded.names().count() > 0);
    }

    #[test]
    fn only_what_the_manifest_names_can_be_run() {
        let manifest = r#"[{"name": "a", "program": "a.sh", "description": "does nothing"}]"#;
        let names: Vec<_> = catalog(manifest).unwrap().names().cloned().collect();
        assert_eq!(names, [ScriptName::new("a").unwrap()]);
    }

    #[test]
    fn a_program_is_a_file_beside_the_manifest() {
        for program in ["b.sh", "../a.sh", "/bin/sh", "", "."] {
            let manifest =
                format!(r#"[{{"name": "a", "program": {program:?}, "description": ""}}]"#);
            let refused = catalog(&manifest);
            assert!(
                matches!(refused, Err(CatalogError::NoSuchProgram(_))),
                "{program:?}: {refused:?}"
            );
        }
    }

    #[test]
    fn a_name_is_registered_once() {
        let one = r#"{"name": "a", "program": "a.sh", "description": ""}"#;
        let refused = catalog(&format!("[{one}, {one}]"));
        assert!(
            matches!(refused, Err(CatalogError::Twice(_))),
            "{refused:?}"
        );
    }

    #[test]
    fn an_unknown_field_or_limit_is_refused() {
        for extra in [r#""user": "root""#, r#""limits": {"gpus": 1}"#] {
            let manifest =
                format!(r#"[{{"name": "a", "program": "a.sh", "description": "", {extra}}}]"#);
            assert!(matches!(catalog(&manifest), Err(CatalogError::Manifest(_))));
        }
    }
}
