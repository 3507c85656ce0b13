//! `email`: sends one mail, from the deployment's address. Mail has no deduplication: the `Message-ID`, or what stands
//! in for it, is the same for every attempt, so a reader's program can tell a second copy from a second mail.

use serde::Deserialize;
use serde_json::json;
use utoipa::ToSchema;
use utoipa::openapi::{Array, ArrayBuilder, ObjectBuilder, Type};

use super::payload::Place;
use super::{Attempt, JobType, ends};
use crate::domain::{Invalid, is_mail_address};
use crate::plan::Ended;
use crate::port::{Letter, Mail};

/// SES counts recipients of one mail up to this.
const MAX_TO: usize = 50;
const MAX_SUBJECT_CHARS: usize = 200;

pub(super) struct Email<M> {
    pub(super) mail: M,
}

/// The mail to send.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Payload {
    /// To whom: 1 to 50 plain addresses, visible to each other.
    #[schema(schema_with = recipients)]
    to: Vec<String>,
    /// One line.
    #[schema(
        min_length = 1,
        max_length = 200,
        pattern = r"^[^\u0000-\u001f\u007f-\u009f]*$"
    )]
    subject: String,
    /// The text.
    #[schema(min_length = 1)]
    text: String,
    /// The same as HTML, for those who prefer it.
    #[schema(min_length = 1)]
    html: Option<String>,
}

fn recipients() -> Array {
    let mut recipients = addresses();
    recipients.min_items = Some(1);
    recipients
}

/// What addresses look like.
pub(super) fn addresses() -> Array {
    ArrayBuilder::new()
        .items(
            ObjectBuilder::new()
                .schema_type(Type::String)
                .pattern(Some(
                    "^[A-Za-z0-9!#$%&'*+/=?^_`{|}~.-]{1,64}@[A-Za-z0-9.-]{3,189}$",
                ))
                .examples(["alice@example.com"]),
        )
        .max_items(Some(MAX_TO))
        .build()
}

/// Checks recipients under `payload.to`.
pub(super) fn check_recipients(to: &[String]) -> Result<(), Invalid> {
    if !(1..=MAX_TO).contains(&to.len()) {
        return Err(Invalid::new("payload.to", "must be 1 to 50 addresses"));
    }
    match to.iter().position(|address| !is_mail_address(address)) {
        None => Ok(()),
        Some(index) => Err(Invalid::new(
            format!("payload.to[{index}]"),
            "must be a plain mail address: name@example.com",
        )),
    }
}

impl<M: Mail> JobType for Email<M> {
    const NAME: &'static str = "email";
    type Payload = Payload;

    fn place(path: &[&str]) -> Place {
        match path {
            ["subject" | "text"] => Place::TEXT,
            ["html"] => Place::HTML,
            _ => Place::FIXED,
        }
    }

    fn check(payload: &Payload) -> Result<(), Invalid> {
        check_recipients(&payload.to)?;
        let subject = &payload.subject;
        if !(1..=MAX_SUBJECT_CHARS).contains(&subject.chars().count())
            || subject.contains(char::is_control)
        {
            return Err(Invalid::new(
                "payload.subject",
                "must be 1 to 200 characters, none of them a control character",
            ));
        }
        if payload.text.is_empty() {
            return Err(Invalid::new("payload.text", "must not be empty"));
        }
        if payload.html.as_ref().is_some_and(String::is_empty) {
            return Err(Invalid::new("payload.html", "must not be empty"));
        }
        Ok(())
    }

    async fn run(&self, attempt: &Attempt, payload: Payload) -> Ended {
        let letter = Letter {
            key: attempt.execution.to_string(),
            to: payload.to,
            subject: payload.subject,
            text: payload.text,
            html: payload.html,
        };
        match self.mail.send(&letter).await {
            Ok(id) => ends::succeeded(json!({ "message_id": id })),
            Err(undelivered) => undelivered.into(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::jobtype::doors::Closed;

    fn check(payload: serde_json::Value) -> Result<(), Invalid> {
        Email::<Closed>::check(&serde_json::from_value(payload).unwrap())
    }

    #[test]
    fn nothing_that_could_become_another_header_is_accepted() {
        let good =
            json!({ "to": ["a@example.com"], "subject": "Grüße \u{1f980}", "text": "hello" });
        assert!(check(good.clone()).is_ok());
        for (field, value, named) in [
            (
                "subject",
                json!("a\r\nBcc: b@example.com"),
                "payload.subject",
            ),
            ("subject", json!("a\u{85}b"), "payload.subject"),
            ("subject", json!(""), "payload.subject"),
            ("to", json!([]), "payload.to"),
            (
                "to",
                json!(["a@example.com", "b@example.com\nX: y"]),
                "payload.to[1]",
            ),
            ("to", json!(vec!["a@example.com"; 51]), "payload.to"),
            ("text", json!(""), "payload.text"),
        ] {
            let mut bad = good.clone();
            bad[field] = value;
            assert_eq!(check(bad).unwrap_err().field, named);
        }
    }
}
