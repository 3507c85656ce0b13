//! Secrets as files, `<folder>/<user>/<name>`: the local stand-in for AWS's stores. A file that others on this machine
//! may read is not taken for a secret.

use std::io::ErrorKind;
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;

use punctual::domain::{SecretName, SecretText, UserId, path_segment};
use punctual::port::{PortError, PortResult, Secrets};

const READ: &str = "a secret's file";

/// A folder of secrets.
#[derive(Clone, Debug)]
pub struct SecretFiles {
    folder: PathBuf,
}

impl SecretFiles {
    /// The secrets under `folder`. It need not be there.
    pub fn new(folder: PathBuf) -> Self {
        Self { folder }
    }

    /// Where a user's secret is looked for; `ssm:` and `sm:` mean the same place.
    pub fn path(&self, owner: &UserId, name: &SecretName) -> PathBuf {
        self.folder.join(path_segment(owner)).join(name.as_str())
    }
}

impl Secrets for SecretFiles {
    async fn secret(&self, owner: &UserId, name: &SecretName) -> PortResult<Option<SecretText>> {
        let path = self.path(owner, name);
        let metadata = match tokio::fs::metadata(&path).await {
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
            metadata => metadata.map_err(unreadable)?,
        };
        if metadata.permissions().mode() & 0o077 != 0 {
            return Err(unreadable(format!(
                "{} can be read by others: chmod 600 it",
                path.display()
            )));
        }
        let text = tokio::fs::read_to_string(&path).await.map_err(unreadable)?;
        // Editors end a file with a line break that is no part of the secret.
        let text = text.strip_suffix('\n').unwrap_or(&text).to_owned();
        Ok(Some(SecretText::new(text)))
    }
}

fn unreadable(cause: impl Into<punctual::port::Source>) -> PortError {
    PortError::Unavailable {
        operation: READ,
        source: cause.into(),
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    fn put(secrets: &SecretFiles, owner: &UserId, name: &SecretName, text: &str, mode: u32) {
        let path = secrets.path(owner, name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, text).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
    }

    #[tokio::test]
    async fn a_secret_is_its_owner_s_and_nobody_else_s() {
        let folder = tempfile::tempdir().unwrap();
        let secrets = SecretFiles::new(folder.path().to_owned());
        let (ann, bob) = (UserId::new("ann/..").unwrap(), UserId::new("ann").unwrap());
        let name = "key".parse().unwrap();
        put(&secrets, &ann, &name, "hunter2\n", 0o600);
        let found = secrets.secret(&ann, &name).await.unwrap().unwrap();
        assert_eq!(found.reveal(), "hunter2");
        assert_eq!(secrets.secret(&bob, &name).await.unwrap(), None);
        let other = "other".parse().unwrap();
        assert_eq!(secrets.secret(&ann, &other).await.unwrap(), None);
    }

    #[tokio::test]
    async fn a_file_that_others_may_read_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let secrets = SecretFiles::new(folder.path().to_owned());
        let ann = UserId::new("ann").unwrap();
        for mode in [0o644, 0o640, 0o604] {
            let name = format!("key-{mode:o}").parse().unwrap();
            put(&secrets, &ann, &name, "hunter2", mode);
            let refused = secrets.secret(&ann, &name).await.unwrap_err();
            assert!(matches!(refused, PortError::Unavailable { .. }), "{mode:o}");
        }
    }
}
