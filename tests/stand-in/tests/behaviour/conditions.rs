//! Condition expressions: each function and operator, of an item that has it, one that has not, and none.

use serde_json::{Value as Json, json};

use crate::{World, item};

/// Whether a put over an item with one of each type goes through.
fn holds(condition: &str, names: &Json, values: &Json) -> bool {
    let mut world = World::new();
    world.put(&item(
        "a",
        &json!({
            "s": { "S": "hello" }, "n": { "N": "5" }, "b": { "B": "AAEC" }, "yes": { "BOOL": true }, "nil": { "NULL": true },
            "l": { "L": [{ "N": "1" }, { "S": "x" }] }, "m": { "M": { "inner": { "M": { "deep": { "N": "7" } } } } },
            "ss": { "SS": ["a", "b"] }, "ns": { "NS": ["1", "2"] },
        }),
    ));
    let mut request = json!({ "TableName": "t", "Item": item("a", &json!({})), "ConditionExpression": condition });
    if names.as_object().is_some_and(|names| !names.is_empty()) {
        request["ExpressionAttributeNames"] = names.clone();
    }
    if values.as_object().is_some_and(|values| !values.is_empty()) {
        request["ExpressionAttributeValues"] = values.clone();
    }
    match world.call(punctual_stand_in::Service::DynamoDb, "PutItem", &request) {
        Ok(_) => true,
        Err(body) => {
            let (name, message) = crate::error(&body);
            assert_eq!(
                name, "ConditionalCheckFailedException",
                "{condition}: {message}"
            );
            false
        }
    }
}

#[test]
fn every_operator_and_function_says_what_it_should() {
    let none = json!({});
    let s = json!({ ":v": { "S": "hello" } });
    let n = |number: &str| json!({ ":v": { "N": number } });
    for (condition, values, expected) in [
        ("s = :v", s.clone(), true),
        ("s <> :v", s.clone(), false),
        ("absent = :v", s.clone(), false),
        ("absent <> :v", s.clone(), true),
        ("n = :v", n("5.0"), true),
        ("n < :v", n("10"), true),
        ("n > :v", n("10"), false),
        ("n <= :v", n("5"), true),
        ("n >= :v", n("5.01"), false),
        ("s < :v", n("5"), false),
        ("absent < :v", n("5"), false),
        (
            "n BETWEEN :v AND :w",
            json!({ ":v": { "N": "5" }, ":w": { "N": "6" } }),
            true,
        ),
        (
            "n IN (:v, :w)",
            json!({ ":v": { "N": "1" }, ":w": { "N": "5" } }),
            true,
        ),
        ("n IN (:v)", n("6"), false),
        ("attribute_exists(s)", none.clone(), true),
        ("attribute_exists(absent)", none.clone(), false),
        ("attribute_not_exists(absent)", none.clone(), true),
        ("attribute_not_exists(m.inner.deep)", none.clone(), false),
        ("attribute_exists(l[1])", none.clone(), true),
        ("attribute_exists(l[2])", none.clone(), false),
        (
            "attribute_type(nil, :v)",
            json!({ ":v": { "S": "NULL" } }),
            true,
        ),
        (
            "attribute_type(n, :v)",
            json!({ ":v": { "S": "S" } }),
            false,
        ),
        ("begins_with(s, :v)", json!({ ":v": { "S": "he" } }), true),
        ("begins_with(n, :v)", json!({ ":v": { "S": "5" } }), false),
        ("contains(s, :v)", json!({ ":v": { "S": "ell" } }), true),
        ("contains(ss, :v)", json!({ ":v": { "S": "b" } }), true),
        ("contains(ns, :v)", n("3"), false),
        ("contains(l, :v)", json!({ ":v": { "S": "x" } }), true),
        ("size(s) = :v", n("5"), true),
        ("size(b) = :v", n("3"), true),
        ("size(l) < :v", n("2"), false),
        ("size(n) = :v", n("1"), false),
        ("m.inner.deep = :v", n("7"), true),
        ("NOT n = :v", n("5"), false),
        ("NOT attribute_exists(absent) AND n = :v", n("5"), true),
        ("attribute_exists(absent) OR n = :v", n("5"), true),
        (
            "attribute_exists(s) OR attribute_exists(s) AND n = :v",
            n("9"),
            true,
        ),
        (
            "(attribute_exists(s) OR attribute_exists(s)) AND n = :v",
            n("9"),
            false,
        ),
        ("attribute_exists(s) and not (n = :v)", n("9"), true),
        (":v = s", s.clone(), true),
        ("yes = :v", json!({ ":v": { "BOOL": true } }), true),
        ("ss = :v", json!({ ":v": { "SS": ["b", "a"] } }), true),
    ] {
        assert_eq!(holds(condition, &none, &values), expected, "{condition}");
    }
}

#[test]
fn names_stand_for_names_and_never_for_paths() {
    let values = json!({ ":v": { "N": "7" } });
    let names = json!({ "#m": "m", "#in": "inner", "#deep": "deep" });
    assert!(holds("#m.#in.#deep = :v", &names, &values));
    assert!(!holds("#p = :v", &json!({ "#p": "m.inner.deep" }), &values));
}

#[test]
fn a_condition_that_makes_no_sense_is_refused_and_not_just_false() {
    let value = json!({ ":v": { "S": "x" } });
    for (condition, names, values, said) in [
        ("", json!({}), json!({}), "can not be empty"),
        (
            "s =",
            json!({}),
            json!({}),
            "Syntax error; token: \"<EOF>\"",
        ),
        ("s = :v)", json!({}), value.clone(), "Syntax error"),
        ("s == :v", json!({}), value.clone(), "Syntax error"),
        (
            "attribute_exist(s)",
            json!({}),
            json!({}),
            "Invalid function name; function: attribute_exist",
        ),
        (
            "Attribute_exists(s)",
            json!({}),
            json!({}),
            "Invalid function name",
        ),
        (
            "s = :w",
            json!({}),
            value.clone(),
            "is not defined; attribute value: :w",
        ),
        (
            "#s = :v",
            json!({}),
            value.clone(),
            "is not defined; attribute name: #s",
        ),
        (
            "s = :v",
            json!({ "#x": "x" }),
            value.clone(),
            "ExpressionAttributeNames unused in expressions: keys: {#x}",
        ),
        (
            "attribute_exists(s)",
            json!({}),
            value.clone(),
            "ExpressionAttributeValues unused in expressions: keys: {:v}",
        ),
        (
            "state = :v",
            json!({}),
            value.clone(),
            "reserved keyword: state",
        ),
        (
            "s < :v",
            json!({}),
            json!({ ":v": { "BOOL": true } }),
            "Incorrect operand type",
        ),
        (
            "begins_with(s, :v)",
            json!({}),
            json!({ ":v": { "N": "1" } }),
            "Incorrect operand type",
        ),
        (
            "attribute_type(s, :v)",
            json!({}),
            value.clone(),
            "Invalid attribute type name",
        ),
        (
            "s BETWEEN :a AND :b",
            json!({}),
            json!({ ":a": { "S": "b" }, ":b": { "S": "a" } }),
            "upper bound",
        ),
    ] {
        let mut request = json!({ "TableName": "t", "Item": item("a", &json!({})), "ConditionExpression": condition });
        if names != json!({}) {
            request["ExpressionAttributeNames"] = names;
        }
        if values != json!({}) {
            request["ExpressionAttributeValues"] = values;
        }
        let (name, message) = World::new().dynamo_error("PutItem", request);
        assert_eq!(name, "ValidationException", "{condition}");
        assert!(message.contains(said), "{condition}: {message}");
    }
}

#[test]
fn a_refusal_brings_the_item_only_if_that_is_asked_for() {
    let mut world = World::new();
    let present = item("a", &json!({ "n": { "N": "1" } }));
    world.put(&present);
    let mut request = json!({
        "TableName": "t", "Item": item("a", &json!({})), "ConditionExpression": "attribute_not_exists(pk)",
    });
    let refused = world
        .call(punctual_stand_in::Service::DynamoDb, "PutItem", &request)
        .unwrap_err();
    assert_eq!(refused.get("Item"), None);
    request["ReturnValuesOnConditionCheckFailure"] = json!("ALL_OLD");
    let refused = world
        .call(punctual_stand_in::Service::DynamoDb, "PutItem", &request)
        .unwrap_err();
    assert_eq!(refused["Item"], present);
    assert_eq!(world.get("a"), Some(present));
}

#[test]
fn a_parameter_that_is_not_known_is_refused() {
    let request = json!({ "TableName": "t", "Item": item("a", &json!({})), "Expected": {} });
    let (name, _) = World::new().dynamo_error("PutItem", request);
    assert_eq!(name, "SerializationException");
    let (name, _) = World::new().dynamo_error("ExecuteStatement", json!({}));
    assert_eq!(name, "UnknownOperationException");
}
