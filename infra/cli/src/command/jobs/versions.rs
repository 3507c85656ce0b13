//! `jobs versions`: what a job was before, and who made it so.

use chrono::{DateTime, Utc};
use clap::Args;
use serde::Deserialize;
use serde_json::Value;

use super::look::brief;
use crate::Failure;
use crate::api::{Paging, read};
use crate::command::named::job_id;
use crate::session::Session;
use crate::show::{Cell, Table, indented, optional_instants};

/// Of which job.
#[derive(Args, Debug)]
pub struct Options {
    /// Its id or name
    job: String,
    /// Show this version whole
    version: Option<u64>,
    #[command(flatten)]
    paging: Paging,
}

#[derive(Deserialize)]
struct Version {
    #[serde(rename = "version")]
    number: u64,
    at: DateTime<Utc>,
    by: String,
    action: String,
    status: String,
    definition: Value,
}

/// Lists a job's versions, or shows one.
///
/// # Errors
/// If the API does not.
pub async fn carry_out(session: &Session, options: &Options) -> Result<(), Failure> {
    let id = job_id(&session.api, &options.job).await?;
    if let Some(version) = options.version {
        let version = version.to_string();
        let answer = session
            .api
            .get(&["jobs", &id, "versions", &version])
            .send()
            .await?;
        return session.show(&answer.body, || Ok(indented(&answer.body, 0)));
    }
    let columns = [
        "VERSION",
        "AT (UTC)",
        "AT (LOCAL)",
        "BY",
        "ACTION",
        "STATUS",
        "SCHEDULE",
    ];
    let table = Table::new(&columns, "No versions.").giving_way(&["SCHEDULE", "BY"]);
    let row = |item: &Value| {
        let version: Version = read(item)?;
        let [utc, local] = optional_instants(Some(version.at), session.zone);
        let schedule = brief(&version.definition["schedule"]);
        let number = version.number.to_string();
        let status = Cell::state(&version.status);
        Ok(vec![
            number.into(),
            utc,
            local,
            version.by.into(),
            version.action.into(),
            status,
            schedule.into(),
        ])
    };
    let call = || session.api.get(&["jobs", &id, "versions"]);
    session.list(call, options.paging, table, row).await
}
