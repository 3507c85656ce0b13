//! Update expressions, and what they answer.

use serde_json::{Value as Json, json};

use crate::{World, item};

fn update(world: &mut World, more: &Json) -> Json {
    let mut request = json!({ "TableName": "t", "Key": item("a", &json!({})) });
    for (name, value) in more.as_object().unwrap() {
        request[name] = value.clone();
    }
    request
        .as_object()
        .map(|_| world.dynamo("UpdateItem", request.clone()))
        .unwrap()
}

#[test]
fn every_clause_does_what_it_should() {
    let mut world = World::new();
    world.put(&item(
        "a",
        &json!({
            "n": { "N": "5" }, "l": { "L": [{ "N": "0" }, { "N": "1" }, { "N": "2" }] }, "m": { "M": { "x": { "N": "1" } } },
            "ss": { "SS": ["a", "b", "c"] }, "gone": { "S": "x" },
        }),
    ));
    let answer = update(
        &mut world,
        &json!({
            "UpdateExpression": "SET n = n + :two, m.y = if_not_exists(m.y, :two), doubled = n, l2 = list_append(l, l), \
                fewer = n - :two REMOVE gone, l[0], l[2] ADD counted :two, more :set DELETE ss :set",
            "ExpressionAttributeValues": { ":two": { "N": "2" }, ":set": { "SS": ["a", "z"] } },
            "ReturnValues": "ALL_NEW",
        }),
    );
    let expected = item(
        "a",
        &json!({
            "n": { "N": "7" }, "m": { "M": { "x": { "N": "1" }, "y": { "N": "2" } } }, "doubled": { "N": "5" }, "fewer": { "N": "3" },
            "l": { "L": [{ "N": "1" }] },
            "l2": { "L": [{ "N": "0" }, { "N": "1" }, { "N": "2" }, { "N": "0" }, { "N": "1" }, { "N": "2" }] },
            "counted": { "N": "2" }, "more": { "SS": ["a", "z"] }, "ss": { "SS": ["b", "c"] },
        }),
    );
    assert_eq!(answer["Attributes"], expected);
    assert_eq!(world.get("a"), Some(expected));
}

#[test]
fn a_set_from_which_all_is_deleted_is_gone() {
    let mut world = World::new();
    world.put(&item("a", &json!({ "ss": { "SS": ["a"] } })));
    let values = json!({ ":set": { "SS": ["a"] } });
    update(
        &mut world,
        &json!({ "UpdateExpression": "DELETE ss :set", "ExpressionAttributeValues": values }),
    );
    assert_eq!(world.get("a"), Some(item("a", &json!({}))));
}

#[test]
fn an_update_makes_the_item_that_is_not_there() {
    let mut world = World::new();
    let answer = update(
        &mut world,
        &json!({
            "UpdateExpression": "ADD counted :one SET #e = :at",
            "ExpressionAttributeNames": { "#e": "expires_at" },
            "ExpressionAttributeValues": { ":one": { "N": "1" }, ":at": { "N": "9" } },
            "ReturnValues": "UPDATED_NEW",
        }),
    );
    let updated = json!({ "counted": { "N": "1" }, "expires_at": { "N": "9" } });
    assert_eq!(answer["Attributes"], updated);
    assert_eq!(world.get("a"), Some(item("a", &updated)));
}

#[test]
fn each_kind_of_answer_has_what_it_is_named_for() {
    for (kind, expected) in [
        ("NONE", None),
        (
            "ALL_OLD",
            Some(item("a", &json!({ "n": { "N": "1" }, "x": { "S": "x" } }))),
        ),
        (
            "ALL_NEW",
            Some(item("a", &json!({ "n": { "N": "2" }, "x": { "S": "x" } }))),
        ),
        ("UPDATED_OLD", Some(json!({ "n": { "N": "1" } }))),
        ("UPDATED_NEW", Some(json!({ "n": { "N": "2" } }))),
    ] {
        let mut world = World::new();
        world.put(&item("a", &json!({ "n": { "N": "1" }, "x": { "S": "x" } })));
        let answer = update(
            &mut world,
            &json!({
                "UpdateExpression": "SET n = :two", "ExpressionAttributeValues": { ":two": { "N": "2" } }, "ReturnValues": kind,
            }),
        );
        assert_eq!(answer.get("Attributes").cloned(), expected, "{kind}");
    }
}

#[test]
fn an_update_that_makes_no_sense_is_refused_and_changes_nothing() {
    let one = json!({ ":one": { "N": "1" } });
    for (expression, said) in [
        ("SET", "Syntax error"),
        ("n = :one", "Syntax error"),
        ("SET n = :one SET m = :one", "can only be used once"),
        ("SET n = :one, n = :one", "Two document paths overlap"),
        ("SET m = :one, m.x = :one", "Two document paths overlap"),
        (
            "SET absent.x = :one",
            "document path provided in the update expression is invalid",
        ),
        ("SET n = absent + :one", "does not exist in the item"),
        ("SET n = s + :one", "Incorrect operand type"),
        (
            "SET n = max(n, :one)",
            "Invalid function name; function: max",
        ),
        (
            "SET pk = :one",
            "Cannot update attribute pk. This attribute is part of the key",
        ),
        ("DELETE n :one", "Incorrect operand type"),
        ("ADD s :one", "incorrect data type"),
    ] {
        let mut world = World::new();
        let present = item(
            "a",
            &json!({ "n": { "N": "1" }, "s": { "S": "x" }, "m": { "M": {} } }),
        );
        world.put(&present);
        let mut request = json!({ "TableName": "t", "Key": item("a", &json!({})), "UpdateExpression": expression });
        if expression.contains(":one") {
            request["ExpressionAttributeValues"] = one.clone();
        }
        let (name, message) = world.dynamo_error("UpdateItem", request);
        assert_eq!(name, "ValidationException", "{expression}");
        assert!(message.contains(said), "{expression}: {message}");
        assert_eq!(world.get("a"), Some(present), "{expression}");
    }
}

#[test]
fn a_key_must_be_whole_and_of_its_type() {
    for key in [
        json!({ "pk": { "S": "p" } }),
        json!({ "pk": { "S": "p" }, "sk": { "N": "1" } }),
        json!({ "pk": { "S": "p" }, "sk": { "S": "a" }, "x": { "S": "a" } }),
        json!({ "pk": { "S": "p" }, "sk": { "S": "" } }),
    ] {
        let request = json!({ "TableName": "t", "Key": key });
        let (name, _) = World::new().dynamo_error("GetItem", request);
        assert_eq!(name, "ValidationException", "{key}");
    }
    let too_large = item("a", &json!({ "x": { "S": "x".repeat(400 * 1_024) } }));
    let request = json!({ "TableName": "t", "Item": too_large });
    let (_, message) = World::new().dynamo_error("PutItem", request);
    assert_eq!(message, "Item size has exceeded the maximum allowed size");
}
