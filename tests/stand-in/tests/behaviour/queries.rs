//! Queries and scans, page by page.

use proptest::prelude::*;
use serde_json::{Value as Json, json};

use crate::{World, item};

fn sorts(answer: &Json) -> Vec<String> {
    let items = answer["Items"].as_array().unwrap().iter();
    items
        .map(|item| item["sk"]["S"].as_str().unwrap().to_owned())
        .collect()
}

/// All pages of a query or a scan, and how many there were.
fn all(world: &mut World, operation: &str, mut request: Json) -> (Vec<String>, usize) {
    let (mut found, mut pages) = (Vec::new(), 0);
    loop {
        let answer = world.dynamo(operation, request.clone());
        found.extend(sorts(&answer));
        pages += 1;
        match answer.get("LastEvaluatedKey") {
            Some(last) => request["ExclusiveStartKey"] = last.clone(),
            None => return (found, pages),
        }
    }
}

fn by(condition: &str, values: &Json) -> Json {
    let mut all = json!({ ":p": { "S": "p" } });
    for (name, value) in values.as_object().unwrap() {
        all[name] = value.clone();
    }
    json!({ "TableName": "t", "KeyConditionExpression": condition, "ExpressionAttributeValues": all })
}

#[test]
fn every_key_condition_finds_its_range() {
    let mut world = World::new();
    for sort in ["a", "ab", "abc", "b", "c", "\u{10ffff}"] {
        world.put(&item(sort, &json!({})));
    }
    let s = |text: &str| json!({ ":s": { "S": text } });
    for (condition, values, expected) in [
        (
            "pk = :p",
            json!({}),
            vec!["a", "ab", "abc", "b", "c", "\u{10ffff}"],
        ),
        ("pk = :p AND sk = :s", s("ab"), vec!["ab"]),
        ("sk = :s AND pk = :p", s("ab"), vec!["ab"]),
        ("pk = :p AND sk < :s", s("b"), vec!["a", "ab", "abc"]),
        ("pk = :p AND sk <= :s", s("b"), vec!["a", "ab", "abc", "b"]),
        (
            "pk = :p AND sk > :s",
            s("ab"),
            vec!["abc", "b", "c", "\u{10ffff}"],
        ),
        ("pk = :p AND sk >= :s", s("b"), vec!["b", "c", "\u{10ffff}"]),
        (
            "pk = :p AND sk BETWEEN :s AND :u",
            json!({ ":s": { "S": "aa" }, ":u": { "S": "b" } }),
            vec!["ab", "abc", "b"],
        ),
        (
            "pk = :p AND begins_with(sk, :s)",
            s("ab"),
            vec!["ab", "abc"],
        ),
        (
            "pk = :p AND begins_with(sk, :s)",
            s("\u{10ffff}"),
            vec!["\u{10ffff}"],
        ),
        ("pk = :p AND sk > :s", s("\u{10ffff}"), vec![]),
    ] {
        let mut request = by(condition, &values);
        assert_eq!(
            all(&mut world, "Query", request.clone()).0,
            expected,
            "{condition}"
        );
        request["ScanIndexForward"] = json!(false);
        let backwards: Vec<_> = expected.iter().rev().copied().collect();
        assert_eq!(
            all(&mut world, "Query", request.clone()).0,
            backwards,
            "{condition}"
        );
        request["Limit"] = json!(1);
        assert_eq!(
            all(&mut world, "Query", request).0,
            backwards,
            "{condition}"
        );
    }
}

#[test]
fn a_key_condition_that_is_none_is_refused() {
    let s = json!({ ":s": { "S": "x" } });
    for (condition, values) in [
        ("sk = :s", s.clone()),
        ("pk = :p OR sk = :s", s.clone()),
        ("pk = :p AND sk <> :s", s.clone()),
        ("pk > :p", json!({})),
        ("pk = :p AND other = :s", s.clone()),
        ("pk = :p AND contains(sk, :s)", s.clone()),
        ("pk = :p AND sk = :s", json!({ ":s": { "N": "1" } })),
    ] {
        let mut request = by(condition, &values);
        if !condition.contains(":p") {
            request["ExpressionAttributeValues"] = values;
        }
        let (name, _) = World::new().dynamo_error("Query", request);
        assert_eq!(name, "ValidationException", "{condition}");
    }
}

#[test]
fn a_full_page_says_where_it_ended_even_if_nothing_follows() {
    let mut world = World::new();
    for sort in ["a", "b"] {
        world.put(&item(sort, &json!({})));
    }
    let mut request = by("pk = :p", &json!({}));
    request["Limit"] = json!(2);
    let answer = world.dynamo("Query", request.clone());
    assert_eq!(answer["LastEvaluatedKey"], item("b", &json!({})));
    request["Limit"] = json!(3);
    assert_eq!(world.dynamo("Query", request).get("LastEvaluatedKey"), None);
}

#[test]
fn a_page_has_a_megabyte_before_it_is_filtered() {
    let mut world = World::new();
    for number in 0..30 {
        let state = if number == 29 { "wanted" } else { "other" };
        let more = json!({ "x": { "S": "x".repeat(100 * 1_024) }, "st": { "S": state } });
        world.put(&item(&format!("{number:02}"), &more));
    }
    let mut request = by("pk = :p", &json!({ ":w": { "S": "wanted" } }));
    request["FilterExpression"] = json!("st = :w");
    let first = world.dynamo("Query", request.clone());
    assert_eq!(
        (&first["Count"], &first["ScannedCount"]),
        (&json!(0), &json!(10))
    );
    assert_eq!(
        all(&mut world, "Query", request),
        (vec!["29".to_owned()], 3)
    );
}

#[test]
fn a_count_brings_no_items_and_a_projection_only_what_is_asked_for() {
    let mut world = World::new();
    let more = json!({ "m": { "M": { "a": { "N": "1" }, "b": { "N": "2" } } }, "l": { "L": [{ "N": "0" }, { "N": "1" }] } });
    world.put(&item("a", &more));
    let mut request = by("pk = :p", &json!({}));
    request["Select"] = json!("COUNT");
    let answer = world.dynamo("Query", request);
    assert_eq!((&answer["Count"], answer.get("Items")), (&json!(1), None));
    let mut request = by("pk = :p", &json!({}));
    request["ProjectionExpression"] = json!("#sk, m.a, l[1], absent");
    request["ExpressionAttributeNames"] = json!({ "#sk": "sk" });
    let answer = world.dynamo("Query", request);
    let expected = json!({ "sk": { "S": "a" }, "m": { "M": { "a": { "N": "1" } } }, "l": { "L": [{ "N": "1" }] } });
    assert_eq!(answer["Items"][0], expected);
}

#[test]
fn an_index_has_the_keys_of_what_has_its_keys() {
    let mut world = World::new();
    let indexed = |user: &str, order: &str| json!({ "gpk": { "S": user }, "gsk": { "S": order }, "x": { "S": "x" } });
    world.put(&item("a", &indexed("ann", "2")));
    world.put(&item("b", &indexed("ann", "1")));
    world.put(&item("c", &indexed("bob", "1")));
    world.put(&item("d", &json!({ "gpk": { "S": "ann" } })));
    let request = |user: &str| {
        json!({
            "TableName": "t", "IndexName": "by-user", "KeyConditionExpression": "gpk = :u",
            "ExpressionAttributeValues": { ":u": { "S": user } },
        })
    };
    let answer = world.dynamo("Query", request("ann"));
    assert_eq!(sorts(&answer), ["b", "a"]);
    let expected = item("b", &json!({ "gpk": { "S": "ann" }, "gsk": { "S": "1" } }));
    assert_eq!(answer["Items"][0], expected);
    // It follows the table.
    world.put(&item("b", &indexed("bob", "0")));
    let key = item("a", &json!({}));
    world.dynamo("DeleteItem", json!({ "TableName": "t", "Key": key }));
    assert!(sorts(&world.dynamo("Query", request("ann"))).is_empty());
    assert_eq!(sorts(&world.dynamo("Query", request("bob"))), ["b", "c"]);
    let mut paged = request("bob");
    paged["Limit"] = json!(1);
    assert_eq!(all(&mut world, "Query", paged).0, ["b", "c"]);
    let mut strong = request("bob");
    strong["ConsistentRead"] = json!(true);
    assert_eq!(world.dynamo_error("Query", strong).0, "ValidationException");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn pages_of_a_query_together_are_what_a_filter_of_all_items_finds(
        sorts in prop::collection::btree_set("[a-c]{1,3}", 0..20),
        low in "[a-c]{1,3}",
        high in "[a-c]{1,3}",
        limit in 1..5_usize,
        forward: bool,
        shape in 0..6_usize,
    ) {
        let mut world = World::new();
        for sort in &sorts {
            world.put(&item(sort, &json!({})));
        }
        let (low, high) = if low <= high { (low, high) } else { (high, low) };
        let (condition, admits): (_, Box<dyn Fn(&str) -> bool>) = match shape {
            0 => ("sk < :l", Box::new(|sort| sort < low.as_str())),
            1 => ("sk <= :l", Box::new(|sort| sort <= low.as_str())),
            2 => ("sk > :l", Box::new(|sort| sort > low.as_str())),
            3 => ("sk >= :l", Box::new(|sort| sort >= low.as_str())),
            4 => ("begins_with(sk, :l)", Box::new(|sort| sort.starts_with(&low))),
            _ => ("sk BETWEEN :l AND :h", Box::new(|sort| low.as_str() <= sort && sort <= high.as_str())),
        };
        let mut expected: Vec<_> = sorts.iter().filter(|sort| admits(sort)).cloned().collect();
        if !forward {
            expected.reverse();
        }
        let mut values = json!({ ":l": { "S": low } });
        if shape == 5 {
            values[":h"] = json!({ "S": high });
        }
        let mut request = by(&format!("pk = :p AND {condition}"), &values);
        request["Limit"] = json!(limit);
        request["ScanIndexForward"] = json!(forward);
        prop_assert_eq!(all(&mut world, "Query", request).0, expected);
    }

    #[test]
    fn pages_of_a_scan_together_are_all_items_once(
        keys in prop::collection::btree_set(("[ab]{1,2}", "[a-c]{1,2}"), 0..30),
        limit in 1..7_usize,
    ) {
        let mut world = World::new();
        for (partition, sort) in &keys {
            world.put(&json!({ "pk": { "S": partition }, "sk": { "S": sort } }));
        }
        let request = json!({ "TableName": "t", "Limit": limit });
        let (found, _) = all(&mut world, "Scan", request);
        let expected: Vec<_> = keys.into_iter().map(|(_, sort)| sort).collect();
        prop_assert_eq!(found, expected);
    }
}
