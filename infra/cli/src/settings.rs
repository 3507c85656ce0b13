//! Which endpoint, with whose token. Options come first, then the environment (clap reads both), then a profile of the
//! file, then the local host's address. The file is the user's: what this program does not know in it stays as it is, and
//! since it may hold a token, it is written for its owner's eyes only, and as a whole or not at all.

use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use toml_edit::{DocumentMut, Item, Table, value};
use url::Url;

use crate::Failure;
use crate::args::Global;

/// Where `make run` serves.
const LOCAL_HOST: &str = "http://127.0.0.1:8080";

/// The profile that is meant where none is named.
const DEFAULT_PROFILE: &str = "default";

/// What the calls are made with.
#[derive(Debug, PartialEq, Eq)]
pub struct Settings {
    /// The API's address.
    pub endpoint: Url,
    /// The caller's token.
    pub token: Option<String>,
    /// The profile that was looked into.
    pub profile: String,
}

/// The file of settings.
#[derive(Debug)]
pub struct SettingsFile {
    path: PathBuf,
    document: DocumentMut,
}

impl SettingsFile {
    /// Reads the file where the environment says that it is. One that is not there is empty.
    ///
    /// # Errors
    /// If it cannot be read, or is no TOML.
    pub fn open() -> Result<Self, Failure> {
        let known = |name| std::env::var_os(name).filter(|value| !value.is_empty());
        let folder = known("XDG_CONFIG_HOME").map(PathBuf::from);
        let folder =
            folder.or_else(|| known("HOME").map(|home| PathBuf::from(home).join(".config")));
        let folder = folder.unwrap_or_default();
        Self::at(folder.join("punctual").join("config.toml"))
    }

    /// Reads the file at `path`.
    ///
    /// # Errors
    /// As [`Self::open`].
    pub fn at(path: PathBuf) -> Result<Self, Failure> {
        let text = match fs::read_to_string(&path) {
            Ok(text) => text,
            Err(error) if error.kind() == io::ErrorKind::NotFound => String::new(),
            Err(error) => return Err(Failure::local(path.display().to_string())(error)),
        };
        let document = text.parse();
        let document =
            document.map_err(|error| Failure::Usage(format!("{}: {error}", path.display())))?;
        Ok(Self { path, document })
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// What the calls are made with, by options and the file.
    ///
    /// # Errors
    /// If the endpoint is none, or a profile is named that is not there.
    pub fn settings(&self, global: &Global) -> Result<Settings, Failure> {
        let named = global
            .profile
            .as_deref()
            .or_else(|| self.text(None, "profile"));
        let profile = named.unwrap_or(DEFAULT_PROFILE);
        if global.profile.is_some() && self.profile(profile).is_none() {
            let path = self.path.display();
            return Err(Failure::Usage(format!(
                "there is no profile `{profile}` in {path}"
            )));
        }
        let kept = |name| self.text(Some(profile), name);
        let endpoint = global.endpoint.as_deref().or_else(|| kept("endpoint"));
        let endpoint = endpoint.unwrap_or(LOCAL_HOST);
        let token = global.token.as_deref().or_else(|| kept("token"));
        Ok(Settings {
            endpoint: endpoint_of(endpoint)?,
            token: token
                .map(|token| token.trim().to_owned())
                .filter(|token| !token.is_empty()),
            profile: profile.to_owned(),
        })
    }

    fn profile(&self, name: &str) -> Option<&Item> {
        self.document.get("profiles")?.get(name)
    }

    fn text(&self, profile: Option<&str>, name: &str) -> Option<&str> {
        let table = match profile {
            None => self.document.as_item(),
            Some(profile) => self.profile(profile)?,
        };
        table.get(name)?.as_str()
    }

    /// Keeps a token in a profile, beside the endpoint that it is for; or forgets it.
    ///
    /// # Errors
    /// If the file cannot be written, or is of another form than ours.
    pub fn keep(
        &mut self,
        profile: Option<&str>,
        endpoint: Option<&Url>,
        token: Option<&str>,
    ) -> Result<(), Failure> {
        let chosen = profile.or_else(|| self.text(None, "profile"));
        let profile = chosen.unwrap_or(DEFAULT_PROFILE).to_owned();
        let path = self.path.display().to_string();
        let foreign = || Failure::Usage(format!("{path}: `profiles` is not a table of tables"));
        let profiles = self.document.entry("profiles");
        let profiles = profiles.or_insert_with(|| {
            let mut table = Table::new();
            table.set_implicit(true);
            Item::Table(table)
        });
        let profiles = profiles.as_table_like_mut().ok_or_else(foreign)?;
        let kept = profiles
            .entry(&profile)
            .or_insert_with(|| Item::Table(Table::new()));
        let kept = kept.as_table_like_mut().ok_or_else(foreign)?;
        if let Some(endpoint) = endpoint {
            kept.insert("endpoint", value(endpoint.as_str()));
        }
        match token {
            Some(token) => drop(kept.insert("token", value(token))),
            None => drop(kept.remove("token")),
        }
        self.write()
    }

    /// By another file that takes its place: who reads meanwhile reads the old one, and nobody else reads either. Such a
    /// file has mode 0600 from its first moment.
    fn write(&self) -> Result<(), Failure> {
        let failed = || Failure::local(self.path.display().to_string());
        let folder = self.path.parent().unwrap_or(Path::new("."));
        fs::create_dir_all(folder).map_err(failed())?;
        let mut file = tempfile::NamedTempFile::new_in(folder).map_err(failed())?;
        file.write_all(self.document.to_string().as_bytes())
            .map_err(failed())?;
        file.persist(&self.path)
            .map_err(|error| failed()(error.error))?;
        Ok(())
    }
}

/// The address that `text` is.
///
/// # Errors
/// If it is none that can be called.
pub fn endpoint_of(text: &str) -> Result<Url, Failure> {
    let refused = |reason: &str| Failure::Usage(format!("the endpoint `{text}` {reason}"));
    let url: Url = text.parse().map_err(|_| refused("is no URL"))?;
    if !matches!(url.scheme(), "http" | "https") {
        return Err(refused("must begin with http:// or https://"));
    }
    Ok(url)
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    fn options() -> Global {
        Global {
            endpoint: None,
            token: None,
            profile: None,
            json: false,
            yes: false,
        }
    }

    fn file(text: &str) -> (tempfile::TempDir, SettingsFile) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("punctual").join("config.toml");
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, text).unwrap();
        (folder, SettingsFile::at(path).unwrap())
    }

    const TWO: &str = "# mine\nprofile = \"work\"\nother = 1\n\n[profiles.work]\nendpoint = \"https://work.test\" # the one\n\
        token = \"t1\"\n\n[profiles.home]\nendpoint = \"http://home.test:1\"\n";

    #[test]
    fn an_option_counts_before_the_profile_and_the_profile_before_the_default() {
        let (_folder, file) = file(TWO);
        let by_file = file.settings(&options()).unwrap();
        assert_eq!(by_file.endpoint.as_str(), "https://work.test/");
        assert_eq!(by_file.token.as_deref(), Some("t1"));
        let home = Global {
            profile: Some("home".to_owned()),
            ..options()
        };
        let home = file.settings(&home).unwrap();
        assert_eq!(
            (home.endpoint.as_str(), home.token),
            ("http://home.test:1/", None)
        );
        let given = Global {
            endpoint: Some("http://given.test".to_owned()),
            token: Some("t2\n".to_owned()),
            ..options()
        };
        let given = file.settings(&given).unwrap();
        assert_eq!(given.endpoint.as_str(), "http://given.test/");
        assert_eq!(given.token.as_deref(), Some("t2"));
        let nothing = SettingsFile::at(PathBuf::from("/nonexistent/config.toml")).unwrap();
        let nothing = nothing.settings(&options()).unwrap();
        assert_eq!(nothing.endpoint.as_str(), "http://127.0.0.1:8080/");
    }

    #[test]
    fn a_profile_that_is_not_there_and_an_endpoint_that_is_none_are_refused() {
        let (_folder, file) = file(TWO);
        let nobody = Global {
            profile: Some("nobody".to_owned()),
            ..options()
        };
        assert!(file.settings(&nobody).is_err());
        for endpoint in ["", "127.0.0.1:8080", "ftp://x.test"] {
            let given = Global {
                endpoint: Some(endpoint.to_owned()),
                ..options()
            };
            assert!(file.settings(&given).is_err(), "{endpoint}");
        }
    }

    #[test]
    fn a_token_is_kept_for_its_owner_alone_and_leaves_the_rest_as_it_was() {
        let (_folder, mut file) = file(TWO);
        file.keep(None, None, Some("t3")).unwrap();
        let written = fs::read_to_string(file.path()).unwrap();
        assert_eq!(written, TWO.replace("t1", "t3"));
        let mode = fs::metadata(file.path()).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
        file.keep(None, None, None).unwrap();
        let written = fs::read_to_string(file.path()).unwrap();
        assert_eq!(written, TWO.replace("token = \"t1\"\n", ""));
    }

    #[test]
    fn a_first_token_makes_the_file_and_its_profile() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("new").join("config.toml");
        let mut file = SettingsFile::at(path.clone()).unwrap();
        let endpoint: Url = "https://x.test".parse().unwrap();
        file.keep(Some("dev"), Some(&endpoint), Some("t")).unwrap();
        assert_eq!(
            fs::read_to_string(path).unwrap(),
            "[profiles.dev]\nendpoint = \"https://x.test/\"\ntoken = \"t\"\n"
        );
    }
}
