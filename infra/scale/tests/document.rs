//! The document beside the package is the one that the simulation writes, and every source holds.

use std::path::{Path, PathBuf};

use punctual_scale::assumptions::{Book, BookError, Source};
use punctual_scale::platform::Platform;
use punctual_scale::report::Report;

fn repository() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

fn read(path: &str) -> String {
    let path = repository().join(path);
    std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

#[test]
fn the_document_is_the_one_that_would_be_written() {
    let book = Book::of_this_repository().expect("the book");
    let platform = Platform::from_book(&book).expect("the platform");
    let report = Report::make(&platform, &book, |_| {});
    let document = read("infra/scale/README.md");
    let wanted = report.write_into(&document).expect("all marks");
    assert!(
        document == wanted,
        "infra/scale/README.md is stale: run `make scale`"
    );
    let picture = read("infra/scale/herds.svg");
    assert!(
        picture == report.picture,
        "infra/scale/herds.svg is stale: run `make scale`"
    );
}

#[test]
fn what_is_said_to_be_in_the_code_is_there() {
    let book = Book::of_this_repository().expect("the book");
    for one in book.all() {
        if let Source::Code { file, text } = &one.source {
            assert!(
                read(file).contains(text),
                "{}: {file} has no `{text}`",
                one.id
            );
        }
    }
}

#[test]
fn as_many_event_sources_and_alarms_are_counted_as_the_template_makes() {
    let template = read("infra/template.yaml");
    let of = |kind: &str| template.matches(&format!("Type: {kind}\n")).count();
    let book = Book::of_this_repository().expect("the book");
    #[expect(clippy::cast_precision_loss, reason = "a handful")]
    let counted = |kind| of(kind) as f64;
    let sources = book.number("template.queues").expect("a number");
    assert!((sources - counted("AWS::Lambda::EventSourceMapping")).abs() < 1e-9);
    let composites = book.number("template.composites").expect("a number");
    assert!((composites - counted("AWS::CloudWatch::CompositeAlarm")).abs() < 1e-9);
    // An alarm on an expression is charged for each metric in it.
    let plain = template
        .split("Type: AWS::CloudWatch::Alarm\n")
        .skip(1)
        .filter(|alarm| {
            !alarm
                .split("\n  ")
                .take_while(|line| !line.starts_with(char::is_alphabetic))
                .any(|line| line.contains("MetricStat:"))
        })
        .count();
    let alarms = book.number("template.alarms").expect("a number");
    #[expect(clippy::cast_precision_loss, reason = "some dozens")]
    let watched = (plain + template.matches("MetricStat:").count()) as f64;
    assert!((alarms - watched).abs() < 1e-9, "{watched} metrics");
}

fn one(id: &str, source: &str) -> String {
    format!(r#"{{"id": "{id}", "value": 1, "unit": "s", "what": "it", "source": {source}}}"#)
}

#[test]
fn an_assumption_without_a_source_is_refused() {
    let nowhere = r#"[{"id": "a", "value": 1, "unit": "s", "what": "it"}]"#;
    assert!(matches!(Book::parse(nowhere), Err(BookError::Form(_))));
    for source in [
        r#"{"kind": "published", "url": "", "says": "it", "read_on": "2026-11-28"}"#,
        r#"{"kind": "published", "url": "https://a", "says": " ", "read_on": "2026-11-28"}"#,
        r#"{"kind": "third_party", "url": "https://a", "says": "it", "read_on": "lately"}"#,
        r#"{"kind": "measured", "command": "", "figure": "1", "on": "2026-11-28"}"#,
        r#"{"kind": "code", "file": "", "text": "it"}"#,
        r#"{"kind": "unverified", "why": ""}"#,
    ] {
        let refused = Book::parse(&format!("[{}]", one("a", source)));
        assert!(
            matches!(refused, Err(BookError::NoSource { .. })),
            "{source}"
        );
    }
}

#[test]
fn what_is_assumed_twice_or_for_nothing_is_refused() {
    let why = r#"{"kind": "unverified", "why": "a guess"}"#;
    let twice = format!("[{}, {}]", one("a", why), one("a", why));
    assert!(matches!(Book::parse(&twice), Err(BookError::Twice(_))));
    let idle = Book::parse(&format!("[{}]", one("a", why))).expect("a book");
    assert!(matches!(idle.closed(), Err(BookError::Idle(_))));
}
