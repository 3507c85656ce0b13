//! A line that has something run.

use std::collections::BTreeMap;

/// A line that has something run, with what the lines before it set.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Where it stands, from 1.
    pub line: usize,
    /// As it was written.
    pub text: String,
    /// Which of several lines with the same text it is, from 0.
    pub copy: usize,
    /// When, as the API takes it.
    pub expression: String,
    /// The zone that `CRON_TZ` names.
    pub timezone: Option<String>,
    /// As whom, by a system's crontab.
    pub user: Option<String>,
    /// What is run.
    pub command: String,
    /// What it is given to read: what stands behind a `%`.
    pub stdin: Option<String>,
    /// The shell, if `SHELL` names another than `/bin/sh`.
    pub shell: Option<String>,
    /// What else is set.
    pub environment: BTreeMap<String, String>,
    /// What will be otherwise than under cron.
    pub remarks: Vec<String>,
}

/// A line that cannot be imported.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refused {
    /// Where it stands, from 1.
    pub line: usize,
    /// As it was written.
    pub text: String,
    /// Why.
    pub reason: String,
}
