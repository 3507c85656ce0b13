//! `dlq redrive` and `dlq discard`. One letter is handled at once; for many, the API first counts them and shows some.

use clap::Args;
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::Filter;
use crate::Failure;
use crate::session::{Session, print};
use crate::show::printable;

/// Which letters.
#[derive(Args, Debug)]
pub struct Which {
    /// Their executions' ids
    executions: Vec<String>,
    #[command(flatten)]
    filter: Filter,
    /// Every open one within reach
    #[arg(long)]
    all: bool,
    /// Only count them
    #[arg(long)]
    dry_run: bool,
}

/// Which letters, and how fast.
#[derive(Args, Debug)]
pub struct RedriveOptions {
    #[command(flatten)]
    which: Which,
    /// Of many: how many a minute
    #[arg(long, value_name = "N")]
    rate_per_minute: Option<u32>,
}

/// Which letters, and why.
#[derive(Args, Debug)]
pub struct DiscardOptions {
    #[command(flatten)]
    which: Which,
    /// Why they stay as they are
    #[arg(long, value_name = "TEXT")]
    note: String,
}

#[derive(Deserialize)]
struct Survey {
    count: u64,
    at_least: bool,
    sample: Vec<Sampled>,
}

#[derive(Deserialize)]
struct Sampled {
    execution_id: String,
    job_name: String,
    reason: Option<String>,
}

impl Survey {
    fn count(&self) -> String {
        let least = if self.at_least { "at least " } else { "" };
        let letters = if self.count == 1 { "letter" } else { "letters" };
        format!("{least}{} dead {letters}", self.count)
    }
}

/// Gives letters one more attempt.
///
/// # Errors
/// If the API refuses it.
pub async fn redrive(session: &Session, options: &RedriveOptions) -> Result<(), Failure> {
    let mut request = Map::new();
    request.extend(
        options
            .rate_per_minute
            .map(|rate| ("rate_per_minute".to_owned(), rate.into())),
    );
    let done = |answer: &Value| match answer["minutes"].as_u64() {
        Some(minutes) => {
            format!("They are released over {minutes} min, from the next full minute on.")
        }
        None => "They are released.".to_owned(),
    };
    let verb = Verb {
        path: "redrive",
        says: "gives one more attempt to",
        done: "redriven",
    };
    verb.carry_out(session, &options.which, request, done).await
}

/// Settles that letters stay as they are.
///
/// # Errors
/// If the API refuses it.
pub async fn discard(session: &Session, options: &DiscardOptions) -> Result<(), Failure> {
    let mut request = Map::new();
    request.insert("note".to_owned(), options.note.clone().into());
    let done = |answer: &Value| format!("{} discarded.", answer["discarded"]);
    let verb = Verb {
        path: "discard",
        says: "discards",
        done: "discarded",
    };
    verb.carry_out(session, &options.which, request, done).await
}

struct Verb {
    path: &'static str,
    says: &'static str,
    done: &'static str,
}

impl Verb {
    async fn carry_out(
        &self,
        session: &Session,
        which: &Which,
        request: Map<String, Value>,
        done: impl Fn(&Value) -> String,
    ) -> Result<(), Failure> {
        let named = !which.executions.is_empty();
        let filtered = which.all || !which.filter.is_empty();
        match (named, filtered) {
            (true, true) => Err(Failure::Usage(
                "give ids, or filters, but not both".to_owned(),
            )),
            (false, false) => Err(Failure::Usage(
                "say which: ids, filters, or --all".to_owned(),
            )),
            (true, false) => self.each(session, which, request).await,
            (false, true) => self.many(session, which, request, done).await,
        }
    }

    async fn each(
        &self,
        session: &Session,
        which: &Which,
        mut request: Map<String, Value>,
    ) -> Result<(), Failure> {
        let count = which.executions.len();
        if which.dry_run {
            return print(&format!("This {} {count}.", self.says));
        }
        if count > 1 {
            session
                .consent
                .to(&format!("This {} {count} dead letters.", self.says))?;
        }
        // It is a matter of many.
        request.remove("rate_per_minute");
        let (mut went, mut failed) = (0, None);
        for execution in &which.executions {
            let call = session.api.post(&["dead-letters", execution, self.path]);
            let call = if request.is_empty() {
                call
            } else {
                call.json(request.clone().into())
            };
            match call.send().await {
                Ok(answer) => {
                    went += 1;
                    let shown = format!("{} {}.", printable(execution), self.done);
                    print(&if session.json {
                        answer.body.to_string()
                    } else {
                        shown
                    })?;
                }
                Err(failure) => {
                    eprintln!("{}: {failure}", printable(execution));
                    failed = Some(failure);
                }
            }
        }
        match failed {
            None => Ok(()),
            Some(failure) if went == 0 => Err(failure),
            Some(_) => Err(Failure::Partly(format!("{went} of {count} {}", self.done))),
        }
    }

    async fn many(
        &self,
        session: &Session,
        which: &Which,
        mut request: Map<String, Value>,
        done: impl Fn(&Value) -> String,
    ) -> Result<(), Failure> {
        let filter = which.filter.fields(session).await?;
        request.insert("filter".to_owned(), filter.into());
        let path = ["dead-letters", self.path];
        let mut counting = request.clone();
        counting.insert("dry_run".to_owned(), json!(true));
        let counted = session.api.post(&path).json(counting.into()).send().await?;
        let survey: Survey = counted.read()?;
        if which.dry_run {
            return session.show(&counted.body, || {
                Ok(format!("{}.\n{}", survey.count(), sample(&survey)))
            });
        }
        if survey.count == 0 {
            return session.show(&counted.body, || Ok("There are none.".to_owned()));
        }
        eprint!("{}", sample(&survey));
        session
            .consent
            .to(&format!("This {} {}.", self.says, survey.count()))?;
        let answer = session.api.post(&path).json(request.into()).send().await?;
        session.show(&answer.body, || Ok(done(&answer.body)))
    }
}

fn sample(survey: &Survey) -> String {
    let line = |letter: &Sampled| {
        let reason = letter.reason.as_deref().unwrap_or("-");
        printable(&format!(
            "  {}  {}  {reason}\n",
            letter.execution_id, letter.job_name
        ))
    };
    survey.sample.iter().take(5).map(line).collect()
}
