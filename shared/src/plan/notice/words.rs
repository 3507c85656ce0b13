//! Notices in words, short and plain: what happened to which job, why, when, and the execution's id.

use chrono::{DateTime, SecondsFormat, Utc};
use serde_json::{Value, json};

use super::hook::{NoSuchSecret, Revealed, hook};
use super::{Notice, late_by};
use crate::domain::{
    Channel, EmailChannel, Execution, NotifyOn, SlackChannel, SnsChannel, WebhookChannel,
};
use crate::port::Parcel;

/// The longest subject that every channel takes.
const SUBJECT_CHARACTERS: usize = 99;
/// How much of an error is told.
const DETAIL_CHARACTERS: usize = 500;

/// `notice`, addressed and written for `channel`, with what is `revealed` of the secrets that it names.
///
/// # Errors
/// [`NoSuchSecret`] if one of them is not.
pub fn notice_parcel(
    notice: &Notice<'_>,
    channel: &Channel,
    revealed: &Revealed,
) -> Result<Parcel, NoSuchSecret> {
    let document = || document(notice);
    let (headline, lines) = (headline(notice), lines(notice));
    addressed(channel, revealed, &headline, &lines, document)
}

/// `headline` and `lines` for people, or `document` for programs, as `channel` wants them.
pub(super) fn addressed(
    channel: &Channel,
    revealed: &Revealed,
    headline: &str,
    lines: &[String],
    document: impl FnOnce() -> Value,
) -> Result<Parcel, NoSuchSecret> {
    let text = || format!("{headline}\n\n{}\n", lines.join("\n"));
    Ok(match channel {
        Channel::Webhook(WebhookChannel { url, sign }) => Parcel::Post {
            hook: hook(url, sign.as_ref(), revealed)?,
            body: document(),
        },
        Channel::Slack(SlackChannel { url }) => {
            let text = format!(
                "*{}*\n{}",
                for_slack(headline),
                for_slack(&lines.join("\n"))
            );
            Parcel::Post {
                hook: hook(url, None, revealed)?,
                body: json!({ "text": text }),
            }
        }
        Channel::Email(EmailChannel { to }) => Parcel::Mail {
            to: to.clone(),
            subject: one_line(headline, SUBJECT_CHARACTERS),
            text: text(),
        },
        Channel::Sns(SnsChannel { topic_arn }) => Parcel::Publish {
            topic_arn: topic_arn.clone(),
            subject: ascii(&one_line(headline, SUBJECT_CHARACTERS)),
            text: text(),
        },
    })
}

/// `text` as one line of at most `characters`: nothing in it can end a header, or begin another.
pub fn one_line(text: &str, characters: usize) -> String {
    let flat: String = text
        .chars()
        .map(|letter| {
            // Also what Unicode calls the ends of lines and paragraphs.
            let ends = letter.is_control() || matches!(letter, '\u{2028}' | '\u{2029}');
            if ends { ' ' } else { letter }
        })
        .collect();
    if flat.chars().count() <= characters {
        return flat;
    }
    let kept: String = flat.chars().take(characters.saturating_sub(1)).collect();
    format!("{kept}…")
}

/// What SNS takes as a subject: printable ASCII that begins with a letter, a digit or a mark.
fn ascii(text: &str) -> String {
    let plain: String = text
        .chars()
        .map(|letter| match letter {
            ' '..='~' => letter,
            '…' => '.',
            _ => '?',
        })
        .collect();
    plain.trim_start().to_owned()
}

/// What Slack would read as a mention, a link or an entity is text.
fn for_slack(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
}

pub(super) fn instant(at: DateTime<Utc>) -> String {
    at.to_rfc3339_opts(SecondsFormat::AutoSi, true)
}

fn second(at: DateTime<Utc>) -> String {
    at.to_rfc3339_opts(SecondsFormat::Secs, true)
}

/// What happened, in one line.
fn headline(notice: &Notice<'_>) -> String {
    let name = &notice.job.name;
    let attempts = match notice.attempt {
        1 => "1 attempt".to_owned(),
        attempts => format!("{attempts} attempts"),
    };
    let happened = match notice.event {
        NotifyOn::Failed => format!("failed for good after {attempts}"),
        NotifyOn::Dead => format!("is dead after {attempts}"),
        NotifyOn::Succeeded => format!("succeeded after {attempts}"),
        NotifyOn::Late if notice.execution.attempt == 0 => "came too late to start".to_owned(),
        NotifyOn::Late => {
            let late = late_by(notice.execution).map_or(0, |late| late.num_seconds());
            format!("started {late} s late")
        }
        NotifyOn::Paused => "has paused itself".to_owned(),
    };
    one_line(&format!("{name} {happened}"), 300)
}

/// The details, a line each.
fn lines(notice: &Notice<'_>) -> Vec<String> {
    let Execution {
        id,
        reason,
        errors,
        finished_at,
        ..
    } = notice.execution;
    let mut lines = Vec::new();
    let pause = notice
        .job
        .pause
        .as_ref()
        .and_then(|pause| pause.note.as_ref());
    match (notice.event, pause, reason) {
        (NotifyOn::Paused, Some(note), _) => lines.push(format!("Why: {note}")),
        (_, _, Some(reason)) => lines.push(format!("Why: {}", reason.in_words())),
        _ => {}
    }
    if let Some(error) = errors
        .last()
        .filter(|_| notice.event != NotifyOn::Succeeded)
    {
        let detail = one_line(&error.detail, DETAIL_CHARACTERS);
        lines.push(format!("Last error: {detail}"));
    }
    lines.push(format!("Due: {}", second(id.occasion.fire_time())));
    if let Some(finished_at) = finished_at {
        lines.push(format!("Ended: {}", second(*finished_at)));
    }
    lines.push(format!("Job type: {}", notice.job.job_type));
    lines.push(format!("Execution: {id}"));
    lines
}

/// The same for programs.
fn document(notice: &Notice<'_>) -> Value {
    let Notice { job, execution, .. } = notice;
    json!({
        "event": notice.event,
        "summary": headline(notice),
        "job": { "id": job.id, "name": job.name, "job_type": job.job_type, "status": job.state },
        "execution": {
            "id": execution.id,
            "fire_time": instant(execution.id.occasion.fire_time()),
            "state": execution.state,
            "reason": execution.reason,
            "attempt": execution.attempt,
            "errors": execution.errors,
            "lateness_ms": late_by(execution).map(|late| late.num_milliseconds()),
            "finished_at": execution.finished_at.map(instant),
        },
    })
}
