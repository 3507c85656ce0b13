//! Changes to a JSON value: one of its parts is replaced, taken out, doubled, or exchanged for a part of another value.

use serde_json::{Map, Value, json};

use super::{Random, text};

/// `input` with one of its parts changed; nothing, if it is no JSON.
pub(super) fn changed(
    words: &[&str],
    input: &[u8],
    other: &[u8],
    random: &mut Random,
) -> Option<Vec<u8>> {
    let mut value: Value = serde_json::from_slice(input).ok()?;
    let other: Value = serde_json::from_slice(other).unwrap_or(Value::Null);
    let donated = part(&other, random).clone();
    let parts = count(&value);
    let place = random.below(parts);
    change(part_mut(&mut value, place), donated, words, random);
    serde_json::to_vec(&value).ok()
}

fn change(part: &mut Value, donated: Value, words: &[&str], random: &mut Random) {
    match part {
        Value::Object(fields) if !random.once_in(4) => {
            change_fields(fields, donated, words, random);
        }
        Value::Array(items) if !random.once_in(4) => {
            let at = random.below(items.len() + 1);
            match random.below(3) {
                0 if at < items.len() => {
                    items.remove(at);
                }
                1 if at < items.len() => {
                    let again = items[at].clone();
                    items.push(again);
                }
                _ => items.insert(at, donated),
            }
        }
        Value::String(said) if !random.once_in(3) => {
            let said = text::changed(
                words,
                said.as_bytes(),
                donated.to_string().as_bytes(),
                random,
            );
            *part = String::from_utf8_lossy(&said).into();
        }
        Value::Number(number) if !random.once_in(3) => {
            *part = near(number.as_i64().unwrap_or_default(), random);
        }
        _ => *part = anything(donated, words, random),
    }
}

fn change_fields(
    fields: &mut Map<String, Value>,
    donated: Value,
    words: &[&str],
    random: &mut Random,
) {
    let keys: Vec<_> = fields.keys().cloned().collect();
    let key = random.one_of(&keys).cloned().unwrap_or_default();
    let known = random.one_of(words).copied().unwrap_or_default();
    match random.below(4) {
        0 => {
            fields.remove(&key);
        }
        1 => {
            // Under another name.
            let value = fields.remove(&key).unwrap_or_default();
            fields.insert(known.to_owned(), value);
        }
        2 => {
            fields.insert(known.to_owned(), anything(donated, words, random));
        }
        _ => {
            fields.insert(key, anything(donated, words, random));
        }
    }
}

fn anything(donated: Value, words: &[&str], random: &mut Random) -> Value {
    match random.below(9) {
        0 => Value::Null,
        1 => random.once_in(2).into(),
        2 => json!([]),
        3 => json!({}),
        4 => near(0, random),
        5 | 6 => random.one_of(words).copied().unwrap_or_default().into(),
        _ => donated,
    }
}

/// A number near `number`, or at the edge of what a type can hold.
fn near(number: i64, random: &mut Random) -> Value {
    const EDGES: [i64; 8] = [0, -1, 1, 59, 86_400, u32::MAX as i64, i64::MAX, i64::MIN];
    match random.below(6) {
        0 => number.saturating_add(1).into(),
        1 => number.saturating_sub(1).into(),
        2 => number.saturating_mul(10).into(),
        3 => json!(u64::MAX),
        4 => json!(1.5e300),
        _ => random.one_of(&EDGES).copied().unwrap_or_default().into(),
    }
}

/// How many values there are in `value`, itself included.
fn count(value: &Value) -> usize {
    1 + match value {
        Value::Array(items) => items.iter().map(count).sum(),
        Value::Object(fields) => fields.values().map(count).sum(),
        _ => 0,
    }
}

fn part<'a>(value: &'a Value, random: &mut Random) -> &'a Value {
    let place = random.below(count(value));
    let mut left = place;
    find(value, &mut left).unwrap_or(value)
}

fn find<'a>(value: &'a Value, left: &mut usize) -> Option<&'a Value> {
    if *left == 0 {
        return Some(value);
    }
    *left -= 1;
    match value {
        Value::Array(items) => items.iter().find_map(|item| find(item, left)),
        Value::Object(fields) => fields.values().find_map(|field| find(field, left)),
        _ => None,
    }
}

/// The value at `place`, counted as [`find`] does: each before its parts.
fn part_mut(value: &mut Value, place: usize) -> &mut Value {
    if place == 0 {
        return value;
    }
    let mut before = 1;
    let parts: Vec<&mut Value> = match value {
        Value::Array(items) => items.iter_mut().collect(),
        Value::Object(fields) => fields.values_mut().collect(),
        _ => Vec::new(),
    };
    for part in parts {
        let size = count(part);
        if place < before + size {
            return part_mut(part, place - before);
        }
        before += size;
    }
    unreachable!("a place is below the number of values")
}
