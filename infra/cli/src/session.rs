//! What a command is carried out with: the API, the terminal, and the time. This is the one place that reads the clock.

use std::io::{self, Write};

use chrono::{DateTime, Utc};
use serde_json::Value;

use crate::Failure;
use crate::api::{Api, Paging};
use crate::args::Global;
use crate::confirm::Consent;
use crate::settings::SettingsFile;
use crate::show::{Table, Terminal};
use crate::when::Zone;

/// What a command is carried out with.
pub struct Session {
    /// The API.
    pub api: Api,
    /// How things are shown.
    pub terminal: Terminal,
    /// Whether the API's JSON is printed instead.
    pub json: bool,
    /// Whether the user agreed to everything beforehand.
    pub consent: Consent,
    /// The zone of local times.
    pub zone: Zone,
    /// What tells the time.
    pub clock: fn() -> DateTime<Utc>,
}

impl Session {
    /// By the options and the file of settings.
    ///
    /// # Errors
    /// If they cannot be used.
    pub fn new(global: &Global) -> Result<Self, Failure> {
        let settings = SettingsFile::open()?.settings(global)?;
        Ok(Self {
            api: Api::new(settings.endpoint, settings.token.as_deref())?,
            terminal: Terminal::standard(),
            json: global.json,
            consent: Consent::new(global.yes),
            zone: Zone::LOCAL,
            clock: now,
        })
    }

    /// The time.
    pub fn now(&self) -> DateTime<Utc> {
        (self.clock)()
    }

    /// Prints the document as the API gave it, or what `shown` makes of it for a person.
    ///
    /// # Errors
    /// If nobody reads the output any more, or the document is of another form than expected.
    pub fn show(
        &self,
        document: &Value,
        shown: impl FnOnce() -> Result<String, Failure>,
    ) -> Result<(), Failure> {
        if self.json {
            print(&format!("{document:#}"))
        } else {
            print(&shown()?)
        }
    }

    /// Prints a list: JSON lines as they come, or a table of all of them.
    ///
    /// # Errors
    /// As [`Self::show`], and if the API refuses the list.
    pub async fn list<'a>(
        &self,
        call: impl Fn() -> crate::api::Call<'a>,
        paging: Paging,
        mut table: Table,
        mut row: impl FnMut(&Value) -> Result<Vec<crate::show::Cell>, Failure>,
    ) -> Result<(), Failure> {
        let json = self.json;
        let each = |item: Value| {
            if json {
                return print(&item.to_string());
            }
            table.row(row(&item)?);
            Ok(())
        };
        let more = crate::api::list(call, paging, each).await?;
        if !json {
            print(&table.shown(&self.terminal))?;
        }
        if more {
            eprintln!("There is more: --all, or a greater --limit, shows it.");
        }
        Ok(())
    }
}

/// The time.
#[expect(clippy::disallowed_methods, reason = "this is the edge")]
pub fn now() -> DateTime<Utc> {
    Utc::now()
}

/// Prints lines.
///
/// # Errors
/// [`Failure::OutputClosed`] if nobody reads them: `punctual jobs list | head` is no failure.
pub fn print(text: &str) -> Result<(), Failure> {
    let mut out = io::stdout().lock();
    let end = if text.is_empty() || text.ends_with('\n') {
        ""
    } else {
        "\n"
    };
    let written = write!(out, "{text}{end}").and_then(|()| out.flush());
    written.map_err(|error| match error.kind() {
        io::ErrorKind::BrokenPipe => Failure::OutputClosed,
        _ => Failure::local("the output")(error),
    })
}
