//! What the API shows when a run is over: everything that the oracle hears of it from the product.

use chrono::{DateTime, TimeDelta, Utc};
use punctual::domain::JobId;
use serde_json::Value;

use crate::host::ApiHost;
use crate::rule::written;

/// What is shown of a job.
#[derive(Clone, Debug, Default)]
pub struct Shown {
    /// The job.
    pub job: Value,
    /// Its versions, the oldest first.
    pub versions: Vec<Value>,
    /// Its ledger.
    pub entries: Vec<Value>,
    /// Its records.
    pub records: Vec<Value>,
    /// The executions of its user that are dead letters.
    pub letters: Vec<Value>,
}

/// Reads everything of the job of `user`, up to `until`.
///
/// # Errors
/// What was asked for, and answered with something else. Nothing goes wrong any more by then.
pub async fn shown(
    api: &ApiHost,
    user: &str,
    id: JobId,
    from: DateTime<Utc>,
    until: DateTime<Utc>,
) -> Result<Shown, String> {
    let job = get(api, user, &format!("/v1/jobs/{id}")).await?;
    let mut versions = pages(api, user, &format!("/v1/jobs/{id}/versions?")).await?;
    versions.reverse();
    let mut entries = Vec::new();
    let mut begin = from;
    while begin < until {
        let end = (begin + TimeDelta::days(7)).min(until);
        let path = format!(
            "/v1/jobs/{id}/occurrences?from={}&until={}&",
            written(begin),
            written(end)
        );
        entries.extend(pages(api, user, &path).await?);
        begin = end;
    }
    let records = pages(api, user, &format!("/v1/jobs/{id}/executions?")).await?;
    let letters = pages(api, user, &format!("/v1/dead-letters?job={id}&")).await?;
    Ok(Shown {
        job,
        versions,
        entries,
        records,
        letters,
    })
}

async fn get(api: &ApiHost, user: &str, path: &str) -> Result<Value, String> {
    match api.call("GET", path, user, None, &Value::Null).await {
        Some((200, body)) => Ok(body),
        Some((status, body)) => Err(format!("GET {path}: {status} {body}")),
        None => Err(format!("GET {path}: no answer")),
    }
}

/// Every page of a list; `path` ends where parameters go on.
async fn pages(api: &ApiHost, user: &str, path: &str) -> Result<Vec<Value>, String> {
    let mut items = Vec::new();
    let mut cursor = String::new();
    loop {
        let mut page = get(api, user, &format!("{path}limit=100{cursor}")).await?;
        if let Some(part) = page["items"].as_array_mut() {
            items.append(part);
        }
        match page["next_cursor"].as_str() {
            Some(next) => cursor = format!("&cursor={}", escaped(next)),
            None => return Ok(items),
        }
    }
}

fn escaped(text: &str) -> String {
    let escape = |byte: u8| match byte {
        b'0'..=b'9' | b'a'..=b'z' | b'A'..=b'Z' | b'-' | b'_' | b'.' => {
            char::from(byte).to_string()
        }
        _ => format!("%{byte:02X}"),
    };
    text.bytes().map(escape).collect()
}
