//! `punctual crontab import`: shows what each line would become, and, when that is right, creates it. A second import
//! creates nothing twice.

use std::fs;
use std::io::{self, Read};
use std::path::Path;

use clap::{Args, Subcommand};
use serde::Deserialize;
use serde_json::{Value, json};

use super::jobs::brief;
use super::preview::{Preview, of_request};
use crate::Failure;
use crate::api::{Problem, read as read_document};
use crate::crontab::{Crontab, Form, Manner, Planned, Refused, read};
use crate::session::{Session, print};
use crate::show::{Cell, Table, Tone, optional_instants, printable};
use crate::when;

/// What is done with crontabs.
#[derive(Subcommand, Debug)]
pub enum Command {
    /// Show which jobs a crontab would become; with --apply, create them
    Import(Options),
}

/// Which crontab, and how.
#[derive(Args, Debug)]
pub struct Options {
    /// The file, or - for the standard input: crontab -l | punctual crontab import -
    file: String,
    /// Create the jobs
    #[arg(long)]
    apply: bool,
    /// The work that commands are offered as: `punctual worker run --work` takes it
    #[arg(long, default_value = "crontab", value_name = "NAME")]
    work: String,
    /// The zone of the schedules; this machine's, if absent. A `CRON_TZ` line comes first
    #[arg(long, value_name = "ZONE")]
    timezone: Option<String>,
    /// There is a user between the schedule and the command; known of /etc/crontab and /etc/cron.d
    #[arg(long)]
    system: bool,
    /// Leave commands that only call a URL to the worker, too
    #[arg(long)]
    no_http: bool,
    /// How long a command may take
    #[arg(long, default_value = "1d", value_name = "DURATION", value_parser = when::seconds)]
    timeout: u64,
    /// allow (as under cron), skip or queue: while an earlier execution still runs
    #[arg(long, default_value = "allow", value_name = "POLICY")]
    overlap: String,
    /// How often a command that failed is run again
    #[arg(long, default_value_t = 0, value_name = "N")]
    retries: u32,
}

/// The most that a batch takes.
const BATCH: usize = 100;

/// Carries out a command about crontabs.
///
/// # Errors
/// [`Failure::Partly`] if some lines cannot be imported.
pub async fn carry_out(session: &Session, command: &Command) -> Result<(), Failure> {
    let Command::Import(options) = command;
    let crontab = read(&text(&options.file)?, form(options));
    let manner = manner(options)?;
    let mut refused = crontab.refused.clone();
    let mut planned = Vec::new();
    for entry in &crontab.entries {
        let refuse = |reason| Refused {
            line: entry.line,
            text: entry.text.clone(),
            reason,
        };
        match manner.plan(entry) {
            Err(reason) => refused.push(refuse(reason)),
            Ok(plan) => match of_request(&session.api, &plan.request, 1).await {
                Ok(answer) => planned.push((plan, answer.body)),
                Err(Failure::Problem(problem)) if problem.status == 422 => {
                    refused.push(refuse(why(&problem)));
                }
                Err(failure) => return Err(failure),
            },
        }
    }
    refused.sort_by_key(|refused| refused.line);
    if session.json {
        for (plan, preview) in planned.iter().filter(|_| !options.apply) {
            let shown = json!({ "line": plan.line, "request": plan.request, "idempotency_key": plan.key, "preview": preview });
            print(&shown.to_string())?;
        }
    } else {
        print(&table(session, &planned)?)?;
    }
    remarks(session, &crontab, &planned, &refused);
    let failed = if options.apply {
        apply(session, &planned).await?
    } else {
        0
    };
    let left_out = failed + refused.len();
    if !options.apply && !session.json && !planned.is_empty() {
        print("Nothing was created: --apply creates these jobs.")?;
    }
    match (left_out, planned.len() - failed) {
        (0, _) => Ok(()),
        (left_out, done) => Err(Failure::Partly(format!(
            "{done} lines can be imported, {left_out} cannot"
        ))),
    }
}

fn text(file: &str) -> Result<String, Failure> {
    if file != "-" {
        return fs::read_to_string(file).map_err(Failure::local(file));
    }
    let mut text = String::new();
    let read = io::stdin().lock().read_to_string(&mut text);
    read.map_err(Failure::local("the standard input"))?;
    Ok(text)
}

fn form(options: &Options) -> Form {
    let path = Path::new(&options.file);
    let is_system =
        path == Path::new("/etc/crontab") || path.parent() == Some(Path::new("/etc/cron.d"));
    if options.system || is_system {
        Form::System
    } else {
        Form::User
    }
}

fn manner(options: &Options) -> Result<Manner, Failure> {
    // However the file is named, it is the same file.
    let file = match fs::canonicalize(&options.file) {
        Ok(path) if options.file != "-" => path.display().to_string(),
        _ => options.file.clone(),
    };
    let timezone = match &options.timezone {
        Some(zone) => zone.clone(),
        None => iana_time_zone::get_timezone().map_err(|error| {
            Failure::Usage(format!(
                "this machine's time zone is not known ({error}): say --timezone"
            ))
        })?,
    };
    Ok(Manner {
        file,
        work: options.work.clone(),
        timezone,
        timeout_seconds: options.timeout,
        overlap: options.overlap.clone(),
        retries: options.retries,
        calls: !options.no_http,
    })
}

/// What is wrong with a line, without the options that it does not come from.
fn why(problem: &Problem) -> String {
    let errors = problem
        .errors
        .iter()
        .map(|error| format!("{}: {}", error.field, error.reason));
    let errors = errors.collect::<Vec<_>>().join("; ");
    if errors.is_empty() {
        problem.detail.clone()
    } else {
        errors
    }
}

fn table(session: &Session, planned: &[(Planned, Value)]) -> Result<String, Failure> {
    let columns = [
        "LINE",
        "TYPE",
        "SCHEDULE",
        "IN WORDS",
        "NEXT (UTC)",
        "NEXT (LOCAL)",
        "COMMAND",
    ];
    let table = Table::new(&columns, "No line has anything run.");
    let mut table = table.giving_way(&["COMMAND", "IN WORDS"]);
    for (plan, preview) in planned {
        let preview: Preview = read_document(preview)?;
        let next = preview.fire_times.first().map(|time| time.utc);
        let [utc, local] = optional_instants(next, session.zone);
        let text = |name: &str| plan.request[name].as_str().unwrap_or_default().to_owned();
        table.row(vec![
            plan.line.to_string().into(),
            text("job_type").into(),
            brief(&plan.request["schedule"]).into(),
            preview.description.into(),
            utc,
            local,
            text("name").into(),
        ]);
    }
    Ok(table.shown(&session.terminal))
}

/// What a person should know before applying goes to the standard error: the table alone can be kept.
fn remarks(
    session: &Session,
    crontab: &Crontab,
    planned: &[(Planned, Value)],
    refused: &[Refused],
) {
    let of_settings = crontab
        .remarks
        .iter()
        .map(|(line, remark)| (*line, remark.clone()));
    let of_entries = planned.iter().flat_map(|(plan, _)| {
        plan.remarks
            .iter()
            .map(|remark| (plan.line, remark.clone()))
    });
    let mut remarks: Vec<_> = of_settings.chain(of_entries).collect();
    remarks.sort();
    for (line, remark) in remarks {
        eprintln!("line {line}: {}", printable(&remark));
    }
    for Refused { line, text, reason } in refused {
        let said = format!(
            "line {line} is left out: {}\n    {}",
            printable(reason),
            printable(text)
        );
        eprintln!("{}", session.terminal.paint(Tone::Bad, &said));
    }
}

#[derive(Deserialize)]
struct Item {
    index: usize,
    #[serde(default)]
    replayed: bool,
    job: Option<Created>,
    problem: Option<Problem>,
}

#[derive(Deserialize)]
struct Created {
    id: String,
    status: String,
}

/// Creates the jobs, and says how many could not be.
async fn apply(session: &Session, planned: &[(Planned, Value)]) -> Result<usize, Failure> {
    let mut failed = 0;
    let mut table = Table::new(&["LINE", "JOB", "STATUS", ""], "No job was created.");
    for part in planned.chunks(BATCH) {
        let jobs: Vec<Value> = part
            .iter()
            .map(|(plan, _)| {
                let mut job = plan.request.clone();
                job["idempotency_key"] = json!(plan.key);
                job
            })
            .collect();
        let answer = session
            .api
            .post(&["jobs", "batch"])
            .json(json!({ "jobs": jobs }))
            .send()
            .await?;
        let results = answer.body["results"]
            .as_array()
            .cloned()
            .unwrap_or_default();
        for result in results {
            let item: Item = read_document(&result)?;
            let line = part.get(item.index).map_or(0, |(plan, _)| plan.line);
            if session.json {
                let mut shown = result;
                shown["line"] = json!(line);
                print(&shown.to_string())?;
            }
            match (item.job, item.problem) {
                (Some(Created { id, status }), _) => {
                    let how = if item.replayed {
                        "was imported before"
                    } else {
                        "created"
                    };
                    table.row(vec![
                        line.to_string().into(),
                        id.into(),
                        Cell::state(&status),
                        how.into(),
                    ]);
                }
                (None, problem) => {
                    failed += 1;
                    let problem = problem.unwrap_or_default();
                    let hint = if problem.kind.ends_with("/idempotency-key-reused") {
                        "; it was imported before, as another job: edit that one"
                    } else {
                        ""
                    };
                    eprintln!(
                        "line {line} is not created: {}{hint}",
                        printable(&problem.to_string())
                    );
                }
            }
        }
    }
    if !session.json {
        print(&table.shown(&session.terminal))?;
    }
    Ok(failed)
}
