//! What may stand where, by table; what can come of it, by property.

use std::collections::BTreeMap;

use proptest::prelude::*;
use serde_json::{Value, json};
use url::Url;

use super::filling::{Facts, Given, Needs, check, fill, needs};
use super::place::Place;
use crate::domain::{ExecutionId, Invalid, JobId, SecretText};

/// As `http` allows, and one place more.
fn places(path: &[&str]) -> Place {
    match path {
        ["url"] => Place::URL,
        ["headers", _] => Place::HEADER,
        ["body", ..] => Place::JSON,
        ["text"] => Place::TEXT,
        ["keys", _] => Place::SECRET,
        _ => Place::FIXED,
    }
}

fn facts(name: &str, last_result: Value) -> Facts {
    Facts {
        execution: ExecutionId::scheduled(
            JobId::from_random(7),
            "2026-11-21T12:00:00Z".parse().unwrap(),
        ),
        attempt: 2,
        job_name: name.to_owned(),
        last_result,
    }
}

fn filled(payload: &Value, facts: &Facts) -> Result<Value, Invalid> {
    let names = needs(payload, places).unwrap().secrets.into_iter();
    let secrets: BTreeMap<_, _> = names
        .map(|name| {
            let text = SecretText::new(format!("the text of {name}"));
            (name, text)
        })
        .collect();
    let secrets = &secrets;
    fill(payload, places, &Given { facts, secrets })
}

#[test]
#[expect(clippy::too_many_lines, reason = "a table")]
fn what_may_not_stand_where_it_stands_is_refused_by_its_field() {
    let reference = json!({ "secret": "key" });
    let table = [
        // References.
        (
            json!({ "body": { "a": [reference] } }),
            "payload.body.a[0]",
            "cannot be a reference",
        ),
        (
            json!({ "url": reference }),
            "payload.url",
            "cannot be a reference",
        ),
        (
            json!({ "method": reference }),
            "payload.method",
            "cannot be a reference",
        ),
        (
            json!({ "headers": { "X-A": { "secret": "../key" } } }),
            "payload.headers.X-A.secret",
            "must be 1 to 64",
        ),
        (
            json!({ "keys": ["whsec_plain"] }),
            "payload.keys[0]",
            "must be a reference",
        ),
        (
            json!({ "headers": { "Authorization": "x" } }),
            "payload.headers.Authorization",
            "must be a reference",
        ),
        (
            json!({ "headers": { "X-A": "Bearer x" } }),
            "payload.headers.X-A",
            "must be a reference",
        ),
        // Placeholders.
        (
            json!({ "body": "{{job}}" }),
            "payload.body",
            "has the unknown placeholder \"job\"",
        ),
        (
            json!({ "body": ["{{ job_id"] }),
            "payload.body[0]",
            "has a {{ that is not closed",
        ),
        (
            json!({ "body": "{{last_result.x}}" }),
            "payload.body",
            "has the unknown",
        ),
        (
            json!({ "body": "{{last_result./~2}}" }),
            "payload.body",
            "has the unknown",
        ),
        (
            json!({ "body": { "{{job_id}}": 1 } }),
            "payload.body.{{job_id}}",
            "cannot have a placeholder",
        ),
        (
            json!({ "method": "{{job_name}}" }),
            "payload.method",
            "cannot have placeholders",
        ),
        (
            json!({ "url": "{{last_result}}" }),
            "payload.url",
            "may have placeholders after",
        ),
        (
            json!({ "url": "https://{{job_id}}.com/" }),
            "payload.url",
            "may have placeholders after",
        ),
        (
            json!({ "url": "https://a.com{{job_id}}/" }),
            "payload.url",
            "may have placeholders after",
        ),
        (
            json!({ "url": "https:///{{job_id}}" }),
            "payload.url",
            "may have placeholders after",
        ),
        (
            json!({ "url": "https://\t/{{job_id}}" }),
            "payload.url",
            "may have placeholders after",
        ),
        (
            json!({ "url": "https://\\/{{job_id}}" }),
            "payload.url",
            "may have placeholders after",
        ),
    ];
    for (payload, field, reason) in table {
        let refused = check(&payload, places).unwrap_err();
        assert_eq!(refused.field, field, "{payload}");
        assert!(refused.reason.starts_with(reason), "{payload}: {refused}");
    }
}

#[test]
fn what_means_nothing_to_us_is_left_alone() {
    // A literal array of PostgreSQL, a template of somebody else's, at places without placeholders.
    for text in ["{{1,2},{3,4}}", "{{mustache}}", "{{ job_id", "}}", "{"] {
        let payload = json!({ "statement": text, "n": [1, null, true] });
        assert_eq!(check(&payload, places).unwrap(), payload);
        assert_eq!(filled(&payload, &facts("n", Value::Null)).unwrap(), payload);
    }
}

#[test]
fn only_so_many_secrets_may_be_named() {
    let keys = |count: usize| {
        let keys: Vec<_> = (0..count)
            .map(|at| json!({ "secret": format!("k{at}") }))
            .collect();
        check(&json!({ "keys": keys }), places)
    };
    assert!(keys(20).is_ok());
    assert_eq!(keys(21).unwrap_err().field, "payload.keys[20]");
}

#[test]
fn a_payload_says_what_has_to_be_read_for_it() {
    let payload = json!({
        "headers": { "Authorization": { "secret": "ssm:a" }, "Cookie": { "secret": "sm:b" } },
        "keys": [{ "secret": "a" }],
        "body": { "secret": "not a reference, but from before there were any" },
    });
    let expected = Needs {
        secrets: ["a", "sm:b"].map(|name| name.parse().unwrap()).into(),
        last_result: false,
    };
    assert_eq!(needs(&payload, places).unwrap(), expected);
    let asks = json!({ "body": ["{{last_result./rows}}"] });
    assert!(needs(&asks, places).unwrap().last_result);
    let escaped = json!({ "body": "{{{{last_result}}" });
    assert!(!needs(&escaped, places).unwrap().last_result);
}

#[test]
fn everything_is_filled_in_as_its_place_demands() {
    let last = json!({ "rows": [1, { "a/b": "x y" }], "ok": true });
    let facts = facts("a \"daily\" report", last.clone());
    let id = facts.execution.to_string();
    let table = [
        (
            json!({ "body": "{{last_result}}" }),
            json!({ "body": last }),
        ),
        (
            json!({ "body": "{{ last_result./rows/0 }}" }),
            json!({ "body": 1 }),
        ),
        (
            json!({ "body": "{{last_result./rows/1/a~1b}}" }),
            json!({ "body": "x y" }),
        ),
        (
            json!({ "body": "{{last_result./none}}" }),
            json!({ "body": null }),
        ),
        (
            json!({ "body": ["{{attempt}}", "no. {{attempt}}"] }),
            json!({ "body": [2, "no. 2"] }),
        ),
        (
            json!({ "body": "ok: {{last_result./ok}}" }),
            json!({ "body": "ok: true" }),
        ),
        (json!({ "text": "{{attempt}}" }), json!({ "text": "2" })),
        (json!({ "text": "{{execution_id}}" }), json!({ "text": id })),
        (
            json!({ "text": "{{fire_time}}/{{job_id}}" }),
            json!({ "text": format!("2026-11-21T12:00:00Z/{}", facts.execution.job) }),
        ),
        (
            json!({ "text": "{{{{job_name}} }}" }),
            json!({ "text": "{{job_name}} }}" }),
        ),
        (
            json!({ "text": "{{{{{{job_name}}" }),
            json!({ "text": "{{a \"daily\" report" }),
        ),
        (
            json!({ "url": "https://a.com/{{job_name}}?at={{fire_time}}" }),
            json!({ "url": "https://a.com/a%20%22daily%22%20report?at=2026-11-21T12%3A00%3A00Z" }),
        ),
        (
            json!({ "headers": { "X-A": "{{job_name}}" } }),
            json!({ "headers": { "X-A": "a \"daily\" report" } }),
        ),
        (
            json!({ "headers": { "Cookie": { "secret": "c" } } }),
            json!({ "headers": { "Cookie": "the text of c" } }),
        ),
    ];
    for (payload, expected) in table {
        check(&payload, places).unwrap();
        assert_eq!(filled(&payload, &facts).unwrap(), expected, "{payload}");
    }
}

#[test]
fn a_value_that_would_lead_to_another_path_is_refused() {
    let payload = json!({ "url": "https://a.com/users/{{job_name}}/mail" });
    for name in [".", ".."] {
        let refused = filled(&payload, &facts(name, Value::Null)).unwrap_err();
        assert_eq!(refused.field, "payload.url");
    }
    assert!(filled(&payload, &facts("...", Value::Null)).is_ok());
    let payload = json!({ "url": "https://a.com/.{{job_name}}/mail" });
    assert!(filled(&payload, &facts(".", Value::Null)).is_err());
}

#[test]
fn a_secret_is_not_read_for_placeholders() {
    let name: crate::domain::SecretName = "a".parse().unwrap();
    let secrets = BTreeMap::from([(name, SecretText::new("{{job_name}}".to_owned()))]);
    let payload = json!({ "keys": [{ "secret": "a" }] });
    let facts = facts("n", Value::Null);
    let given = Given {
        facts: &facts,
        secrets: &secrets,
    };
    let filled = fill(&payload, places, &given).unwrap();
    assert_eq!(filled, json!({ "keys": ["{{job_name}}"] }));
}

/// Any JSON, a few levels deep.
fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<String>().prop_map(Value::from),
    ];
    leaf.prop_recursive(3, 16, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::btree_map(any::<String>(), inner, 0..4)
                .prop_map(|fields| fields.into_iter().collect()),
        ]
    })
}

proptest! {
    #[test]
    fn a_body_keeps_its_structure_whatever_is_filled_in(name: String, last in any_json()) {
        let payload = json!({ "body": {
            "a": "{{last_result}}", "b": ["x {{last_result}} y", 1], "c": "{{job_name}}",
        } });
        let text = match &last {
            Value::String(text) => text.clone(),
            other => other.to_string(),
        };
        let expected = json!({ "body": {
            "a": last.clone(), "b": [format!("x {text} y"), 1], "c": name.clone(),
        } });
        let filled = filled(&payload, &facts(&name, last)).unwrap();
        let sent: Value = serde_json::from_str(&filled.to_string()).unwrap();
        prop_assert_eq!(sent, expected);
    }

    #[test]
    fn no_value_leads_to_another_host_or_path(
        value: String,
        template in "https://a\\.com(:81)?/(b/)?\\{\\{job_name\\}\\}(/c)?(\\?q=\\{\\{job_name\\}\\}(&r=1)?)?(#\\{\\{job_name\\}\\})?",
    ) {
        let payload = json!({ "url": template });
        check(&payload, places).unwrap();
        let Ok(filled) = filled(&payload, &facts(&value, Value::Null)) else {
            // Only what could climb is refused.
            prop_assert!(value == "." || value == "..", "{:?}", value);
            return Ok(());
        };
        let url = Url::parse(filled["url"].as_str().unwrap()).unwrap();
        let plain = Url::parse(&template.replace("{{job_name}}", "x")).unwrap();
        prop_assert_eq!(url.origin(), plain.origin());
        let count = |url: &Url| url.path_segments().unwrap().count();
        prop_assert_eq!(count(&url), count(&plain));
        let pairs: Vec<_> = url.query_pairs().map(|(key, value)| (key.into_owned(), value.into_owned())).collect();
        let expected: Vec<_> = plain.query_pairs().map(|(key, x)| {
            (key.into_owned(), if x == "x" { value.clone() } else { x.into_owned() })
        }).collect();
        prop_assert_eq!(pairs, expected);
    }

    #[test]
    fn no_value_ends_a_header(value: String) {
        let payload = json!({ "headers": { "X-A": "a {{job_name}} b" } });
        match filled(&payload, &facts(&value, Value::Null)) {
            Ok(filled) => prop_assert_eq!(&filled["headers"]["X-A"], &Value::from(format!("a {value} b"))),
            Err(_) => prop_assert!(value.chars().any(char::is_control)),
        }
    }

    #[test]
    fn braces_that_are_escaped_come_out_as_they_were(text in "[a-z{} ]{0,20}") {
        let escaped = text.replace("{{", "{{{{");
        let payload = json!({ "body": [escaped] });
        check(&payload, places).unwrap();
        let filled = filled(&payload, &facts("n", Value::Null)).unwrap();
        prop_assert_eq!(&filled["body"][0], &Value::from(text));
    }

    #[test]
    fn a_check_never_panics_and_what_it_lets_pass_can_be_filled(text: String) {
        for payload in [json!({ "body": text }), json!({ "url": text }), json!({ "headers": { "X-A": text } })] {
            if check(&payload, places).is_ok() {
                prop_assert!(filled(&payload, &facts("n", Value::Null)).is_ok());
            }
        }
    }
}
