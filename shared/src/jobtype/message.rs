//! What messages to queues and topics have in common.

use std::collections::BTreeMap;

use serde_json::Value;
use utoipa::openapi::{Object, ObjectBuilder, Schema, Type};

use crate::domain::{Invalid, TraceContext};

/// The most that SQS and SNS took before 2025, and every region takes.
const MAX_BYTES: usize = 262_144;
const MAX_ATTRIBUTES: usize = 10;

/// The text of a body: itself if it is a string, JSON otherwise.
pub(super) fn text(body: &Value) -> String {
    match body {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

/// Refuses a text that no queue takes: an empty one, one with characters that XML has no place for, a long one.
pub(super) fn check_text(field: &str, text: &str) -> Result<(), Invalid> {
    let refuse = |reason| Err(Invalid::new(format!("payload.{field}"), reason));
    let odd = |each: char| matches!(each, '\0'..='\x08' | '\x0b' | '\x0c' | '\x0e'..='\x1f' | '\u{fffe}' | '\u{ffff}');
    if text.is_empty() {
        refuse("must not be empty")
    } else if text.len() > MAX_BYTES {
        refuse("must be at most 262144 bytes")
    } else if text.contains(odd) {
        refuse("must not have control characters other than tab and line ends")
    } else {
        Ok(())
    }
}

pub(super) fn check_attributes(attributes: &BTreeMap<String, String>) -> Result<(), Invalid> {
    if attributes.len() > MAX_ATTRIBUTES {
        return Err(Invalid::new(
            "payload.attributes",
            "must be at most 10 attributes",
        ));
    }
    for (name, value) in attributes {
        let field = format!("attributes.{name}");
        let lower = name.to_ascii_lowercase();
        let is_name = (1..=256).contains(&name.len())
            && name
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || b"_-.".contains(&byte))
            && !name.starts_with('.')
            && !name.ends_with('.')
            && !name.contains("..")
            && !lower.starts_with("aws.")
            && !lower.starts_with("amazon.");
        if !is_name {
            return Err(Invalid::new(
                format!("payload.{field}"),
                "is not the name of an attribute: letters, digits, _, - and single dots, not AWS. at the beginning",
            ));
        }
        check_text(&field, value)?;
    }
    Ok(())
}

/// The attributes that are sent with `text`: those that were asked for and, if there is room, the attempt's span.
pub(super) fn attributes_sent(
    asked_for: BTreeMap<String, String>,
    text: &str,
    trace: TraceContext,
) -> BTreeMap<String, String> {
    let trace = trace.to_string();
    let given: usize = asked_for
        .iter()
        .map(|(name, value)| name.len() + value.len())
        .sum();
    let type_names = "String".len() * (asked_for.len() + 1);
    let bytes = text.len() + given + type_names + TraceContext::HEADER.len() + trace.len();
    let mut attributes = asked_for;
    if attributes.len() < MAX_ATTRIBUTES && bytes <= MAX_BYTES {
        attributes
            .entry(TraceContext::HEADER.to_owned())
            .or_insert(trace);
    }
    attributes
}

/// What `attributes` looks like.
pub(super) fn attributes() -> Object {
    let name = ObjectBuilder::new()
        .schema_type(Type::String)
        .pattern(Some("^[A-Za-z0-9_.-]{1,256}$"));
    let value = ObjectBuilder::new()
        .schema_type(Type::String)
        .min_length(Some(1))
        .pattern(Some(TEXT));
    ObjectBuilder::new()
        .description(Some("Text attributes, ten at most."))
        .property_names(Some(name))
        .additional_properties(Some(Schema::from(value.build())))
        .max_properties(Some(MAX_ATTRIBUTES))
        .build()
}

/// Text that queues take.
pub(super) const TEXT: &str = r"^[^\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]*$";

/// What names of groups and deduplication ids look like.
pub(super) fn fifo_token() -> Object {
    ObjectBuilder::new()
        .schema_type(utoipa::openapi::schema::SchemaType::from_iter([
            Type::String,
            Type::Null,
        ]))
        .description(Some(
            "FIFO only; a deduplication id is the execution id unless given.",
        ))
        .pattern(Some("^[!-~]{1,128}$"))
        .build()
}

/// A FIFO target needs a group; another has neither a group nor deduplication.
pub(super) fn check_fifo(
    is_fifo: bool,
    group: Option<&str>,
    deduplication: Option<&str>,
) -> Result<(), Invalid> {
    for (field, token) in [
        ("payload.group_id", group),
        ("payload.deduplication_id", deduplication),
    ] {
        let Some(token) = token else { continue };
        if !is_fifo {
            return Err(Invalid::new(
                field,
                "is for FIFO targets, whose names end in .fifo",
            ));
        }
        if !(1..=128).contains(&token.len()) || !token.bytes().all(|byte| byte.is_ascii_graphic()) {
            return Err(Invalid::new(
                field,
                "must be 1 to 128 visible ASCII characters",
            ));
        }
    }
    if is_fifo && group.is_none() {
        return Err(Invalid::new(
            "payload.group_id",
            "is required for a FIFO target",
        ));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{ExecutionId, JobId};

    #[test]
    fn the_span_goes_with_a_message_where_there_is_room_and_nobody_gave_another() {
        let fire_time = "2026-11-21T12:00:00Z".parse().unwrap();
        let execution = ExecutionId::scheduled(JobId::from_random(7), fire_time);
        let trace = TraceContext::of_attempt(execution, None, 1);
        let sent = |given: &[(&str, &str)], text: &str| {
            let given = given
                .iter()
                .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
            attributes_sent(given.collect(), text, trace)
                .get("traceparent")
                .cloned()
        };
        assert_eq!(sent(&[("kind", "order")], "x"), Some(trace.to_string()));
        assert_eq!(
            sent(&[("traceparent", "mine")], "x"),
            Some("mine".to_owned())
        );
        let names = ["a", "b", "c", "d", "e", "f", "g", "h", "i", "j"];
        assert_eq!(sent(&names.map(|name| (name, "x")), "x"), None);
        assert_eq!(sent(&[], &"x".repeat(MAX_BYTES)), None);
    }

    #[test]
    fn texts_that_queues_refuse_are_refused_here() {
        for (given, accepted) in [
            ("a\tb\r\n\u{1f980}", true),
            ("", false),
            ("a\0", false),
            ("\u{b}", false),
            ("\u{ffff}", false),
        ] {
            assert_eq!(check_text("body", given).is_ok(), accepted, "{given:?}");
        }
        assert!(check_text("body", &"x".repeat(MAX_BYTES)).is_ok());
        assert!(check_text("body", &"x".repeat(MAX_BYTES + 1)).is_err());
    }

    #[test]
    fn attributes_are_checked_by_name_value_and_number() {
        let one = |name: &str, value: &str| {
            check_attributes(&BTreeMap::from([(name.to_owned(), value.to_owned())]))
        };
        assert!(one("kind", "order").is_ok());
        assert!(one("a.b", "order").is_ok());
        for name in ["", ".a", "a.", "a..b", "AWS.x", "amazon.x", "a b", "\u{e4}"] {
            assert!(one(name, "order").is_err(), "{name}");
        }
        assert_eq!(
            one("kind", "").unwrap_err().field,
            "payload.attributes.kind"
        );
        let many = (0..11).map(|number| (number.to_string(), "x".to_owned()));
        assert!(check_attributes(&many.collect()).is_err());
    }

    #[test]
    fn a_group_goes_with_fifo_and_fifo_with_a_group() {
        assert!(check_fifo(false, None, None).is_ok());
        assert!(check_fifo(true, Some("g"), None).is_ok());
        assert!(check_fifo(true, Some("g"), Some("d")).is_ok());
        assert!(check_fifo(true, None, None).is_err());
        assert!(check_fifo(false, Some("g"), None).is_err());
        assert!(check_fifo(false, None, Some("d")).is_err());
        assert!(check_fifo(true, Some("g g"), None).is_err());
        assert!(check_fifo(true, Some(&"g".repeat(129)), None).is_err());
    }
}
