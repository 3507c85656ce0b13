//! `punctual dlq`: the dead letters, which wait for a person. What is done to many is counted first.

mod look;
mod settle;

use chrono::{DateTime, Utc};
use clap::{Args, Subcommand};
use serde_json::{Map, Value};

use super::named::job_id;
use crate::Failure;
use crate::session::Session;
use crate::{api, when};

/// What is done with dead letters.
#[derive(Subcommand, Debug)]
pub enum Command {
    /// List them, the latest first
    List(look::ListOptions),
    /// Show one: its payload, its attempts' errors, what was done about it
    Show(look::ShowOptions),
    /// Give them one more attempt: some by their ids, or all that filters name
    Redrive(settle::RedriveOptions),
    /// Settle that they stay as they are: some by their ids, or all that filters name
    Discard(settle::DiscardOptions),
}

/// Which dead letters.
#[derive(Args, Debug, Default)]
pub struct Filter {
    /// Only those of this job
    #[arg(long)]
    job: Option<String>,
    /// Only those of jobs of this type
    #[arg(long = "type", value_name = "TYPE")]
    job_type: Option<String>,
    /// Only those that ended for this reason: `timed_out`, `attempt_failed`, ...
    #[arg(long)]
    reason: Option<String>,
    /// None that ended before this
    #[arg(long, value_name = "TIME")]
    from: Option<String>,
    /// None that ended at this or later
    #[arg(long, value_name = "TIME")]
    until: Option<String>,
    /// Only this user's, for operators
    #[arg(long)]
    user: Option<String>,
}

impl Filter {
    fn is_empty(&self) -> bool {
        let Self {
            job,
            job_type,
            reason,
            from,
            until,
            user,
        } = self;
        [job, job_type, reason, from, until, user]
            .into_iter()
            .all(Option::is_none)
    }

    /// The filter as the API takes it.
    async fn fields(&self, session: &Session) -> Result<Map<String, Value>, Failure> {
        let mut fields = Map::new();
        let mut put = |name: &str, value: Option<String>| {
            fields.extend(value.map(|value| (name.to_owned(), Value::from(value))));
        };
        let job = match &self.job {
            None => None,
            Some(job) => Some(job_id(&session.api, job).await?),
        };
        let instant = |text: &Option<String>| -> Result<Option<String>, Failure> {
            let read = |text: &str| when::instant(text, session.now(), session.zone);
            let at: Option<DateTime<Utc>> = text
                .as_deref()
                .map(read)
                .transpose()
                .map_err(Failure::Usage)?;
            Ok(at.map(api::instant))
        };
        put("job", job);
        put("job_type", self.job_type.clone());
        put("reason", self.reason.clone());
        put("from", instant(&self.from)?);
        put("until", instant(&self.until)?);
        put("user", self.user.clone());
        Ok(fields)
    }
}

/// Carries out a command about dead letters.
///
/// # Errors
/// Why it was not.
pub async fn carry_out(session: &Session, command: &Command) -> Result<(), Failure> {
    match command {
        Command::List(options) => look::list(session, options).await,
        Command::Show(options) => look::show(session, options).await,
        Command::Redrive(options) => settle::redrive(session, options).await,
        Command::Discard(options) => settle::discard(session, options).await,
    }
}
