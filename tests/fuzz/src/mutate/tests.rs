//! Changes change, stay within their bound, and follow from their seed.

use super::{Form, Random, mutated};

const INPUT: &[u8] = br#"{"kind":"cron","list":[1,"a",null],"deep":{"x":{"y":2}}}"#;

fn run(form: Form, seed: u64) -> Vec<Vec<u8>> {
    let mut random = Random::new(seed);
    (0..500)
        .map(|_| mutated(form, &["cron", "once"], INPUT, b"[true]", 60, &mut random))
        .collect()
}

#[test]
fn the_same_seed_makes_the_same_changes_and_another_seed_others() {
    for form in [Form::Json, Form::Text] {
        assert_eq!(run(form, 1), run(form, 1));
        assert_ne!(run(form, 1), run(form, 2));
    }
}

#[test]
fn no_change_is_longer_than_the_bound() {
    assert!(run(Form::Json, 1).iter().all(|changed| changed.len() <= 60));
}

#[test]
fn most_changes_of_json_are_json_and_few_change_nothing() {
    let mut random = Random::new(1);
    let changed: Vec<_> = (0..500)
        .map(|_| mutated(Form::Json, &["cron"], INPUT, b"[true]", 1_000, &mut random))
        .collect();
    let json = changed
        .iter()
        .filter(|changed| serde_json::from_slice::<serde_json::Value>(changed).is_ok());
    assert!(json.count() > 350);
    assert!(changed.iter().filter(|changed| *changed == INPUT).count() < 50);
}

#[test]
fn nothing_is_changed_into_something() {
    let mut random = Random::new(3);
    let grown =
        (0..50).filter(|_| !mutated(Form::Text, &["a"], b"", b"", 100, &mut random).is_empty());
    assert!(grown.count() > 10);
}
