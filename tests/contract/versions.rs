//! Messages of every recorded shape, `events/versions/`: today's code reads the old ones, old code reads today's, and today's
//! code writes the newest. A change of shape fails here, and asks for a shape to be recorded: `shared/docs/versions.md`.

use std::collections::BTreeMap;

use punctual::domain::{DispatchMessage, MalformedMessage, NotificationMessage};
use serde::Deserialize;
use serde_json::Value;

use crate::{path, read};

/// The recorded shapes of one kind, oldest first, by what their files say behind its name.
fn shapes(kind: &str) -> BTreeMap<String, String> {
    let files = std::fs::read_dir(path("events/versions")).unwrap();
    let names = files.map(|file| file.unwrap().file_name().into_string().unwrap());
    let of_kind = names.filter_map(|name| {
        let number = name.strip_prefix(kind)?.strip_prefix('-')?;
        Some((number.strip_suffix(".json")?.to_owned(), name.clone()))
    });
    of_kind
        .map(|(number, name)| {
            (
                number,
                read(&format!("events/versions/{name}")).trim().into(),
            )
        })
        .collect()
}

fn newest(kind: &str) -> String {
    shapes(kind).pop_last().unwrap().1
}

/// With a field that no version has had.
fn with_a_field_of_the_future(body: &str) -> String {
    let mut value: Value = serde_json::from_str(body).unwrap();
    value["of_the_future"] = Value::from("unknown here");
    value.to_string()
}

#[test]
fn dispatch_messages_of_every_recorded_shape_are_read_but_of_those_that_say_otherwise() {
    let shapes = shapes("dispatch");
    assert!(shapes.len() >= 6, "{shapes:?}");
    for (number, body) in shapes {
        let read = DispatchMessage::decode(&body);
        if number.ends_with("-refused") {
            assert!(matches!(read, Err(MalformedMessage::Shape(_))), "{number}");
            continue;
        }
        let message = read.unwrap();
        assert_eq!(
            message.encode(),
            body,
            "{number}: nothing is lost, or added"
        );
        assert_eq!((message.attempt, message.stands_for), (1, Some(3)));
    }
}

#[test]
fn requests_to_tell_of_every_recorded_shape_are_read() {
    let shapes = shapes("notification");
    assert!(shapes.len() >= 2, "{shapes:?}");
    for (number, body) in shapes {
        let message = NotificationMessage::decode(&body).unwrap();
        assert_eq!(message.encode(), body, "{number}");
    }
}

/// Every field that today's code knows is in the newest recorded shape: one that is added makes this fail.
#[test]
fn the_newest_shapes_have_every_field_that_todays_code_writes() {
    let fields = |body: &str| {
        let value: BTreeMap<String, Value> = serde_json::from_str(body).unwrap();
        value.into_keys().collect::<Vec<_>>()
    };
    let source = read("shared/src/domain/message.rs");
    for (kind, name) in [
        ("dispatch", "DispatchMessage"),
        ("notification", "NotificationMessage"),
    ] {
        let (_, declared) = source.split_once(&format!("pub struct {name} {{")).unwrap();
        let (declared, _) = declared.split_once("\n}").unwrap();
        let declared = declared
            .lines()
            .filter_map(|line| line.trim().split_once(": "))
            .filter(|(name, _)| !name.starts_with("//"))
            .map(|(name, _)| name.trim_start_matches("pub ").replace("occasion", "key"));
        let mut declared: Vec<_> = declared.collect();
        declared.sort();
        assert_eq!(fields(&newest(kind)), declared, "{name}: record its shape");
    }
}

#[test]
fn fields_that_are_not_known_are_passed_over() {
    let body = newest("dispatch");
    let message = DispatchMessage::decode(&with_a_field_of_the_future(&body)).unwrap();
    assert_eq!(message.encode(), body);
    let body = newest("notification");
    let message = NotificationMessage::decode(&with_a_field_of_the_future(&body)).unwrap();
    assert_eq!(message.encode(), body);
}

#[test]
fn a_later_version_is_known_as_such_whatever_else_it_holds() {
    for kind in ["dispatch", "notification"] {
        let body = newest(kind).replace(r#""v":1"#, r#""v":2"#);
        for refused in [
            DispatchMessage::decode(&body).map(drop),
            NotificationMessage::decode(&body).map(drop),
        ] {
            assert!(refused.unwrap_err().is_of_a_later_version());
        }
    }
}

/// A dispatch message as its first reader declared it: commit d4b09f0, `shared/src/domain/message.rs`. Its own types read
/// the same texts as today's.
#[derive(Debug, PartialEq, Deserialize)]
struct FirstReadersDispatch {
    v: u64,
    job: punctual::domain::JobId,
    #[serde(rename = "key")]
    occasion: punctual::domain::Occasion,
    attempt: u32,
    timeout_seconds: punctual::domain::TimeoutSeconds,
    #[serde(default)]
    stands_for: Option<u32>,
}

/// The same of a request to tell.
#[derive(Debug, PartialEq, Deserialize)]
struct FirstReadersNotification {
    v: u64,
    execution: punctual::domain::ExecutionId,
}

#[test]
fn the_first_worker_reads_the_newest_message_as_its_own() {
    let newest: FirstReadersDispatch = serde_json::from_str(&newest("dispatch")).unwrap();
    let first: FirstReadersDispatch = serde_json::from_str(&shapes("dispatch")["1"]).unwrap();
    assert_eq!(newest, first);
}

#[test]
fn the_first_handler_reads_the_newest_request_to_tell_as_its_own() {
    let newest: FirstReadersNotification = serde_json::from_str(&newest("notification")).unwrap();
    let first: FirstReadersNotification =
        serde_json::from_str(&shapes("notification")["1"]).unwrap();
    assert_eq!(newest, first);
}
