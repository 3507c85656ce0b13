//! What is kept of a result: its first rows as JSON objects, within bounds.

use serde_json::{Map, Value};

use crate::domain::{Body, MAX_RESULT_BYTES, Output};
use crate::jobtype::ends;

/// Rows are kept until they take this much as JSON text, their array's own brackets and commas aside: what is kept of a
/// result ends with a whole row. The Data API's megabyte is more than that only if its columns have long names.
const MAX_BYTES: usize = MAX_RESULT_BYTES - 1_024;

/// The output for an answer of `ExecuteStatement`.
pub(super) fn output(answer: &Value, max_rows: usize) -> Output {
    let columns = answer["columnMetadata"].as_array();
    let names: Vec<&str> = columns
        .into_iter()
        .flatten()
        .map(|column| {
            column["label"]
                .as_str()
                .or(column["name"].as_str())
                .unwrap_or("?")
        })
        .collect();
    let records = answer["records"].as_array().map_or(&[][..], Vec::as_slice);
    let mut bytes = 0;
    let rows: Vec<Value> = records
        .iter()
        .take(max_rows)
        .map(|record| row(&names, record))
        .take_while(|row| {
            bytes += row.to_string().len();
            bytes <= MAX_BYTES
        })
        .collect();
    let mut summary = Map::new();
    let affected = answer["numberOfRecordsUpdated"].clone();
    summary.insert("rows_affected".to_owned(), affected);
    if !answer["records"].is_array() {
        return Value::Object(summary).into();
    }
    summary.insert("rows_returned".to_owned(), records.len().into());
    summary.insert("rows_cut".to_owned(), (rows.len() < records.len()).into());
    let rows = Body {
        bytes: Value::from(rows).to_string().into_bytes(),
        content_type: "application/json".to_owned(),
        cut: false,
    };
    ends::told(summary, "rows", rows)
}

fn row(names: &[&str], record: &Value) -> Value {
    let fields = record.as_array().into_iter().flatten();
    let columns = (0..).zip(fields).map(|(index, field)| {
        let name = names
            .get(index)
            .map_or_else(|| index.to_string(), ToString::to_string);
        (name, value(field))
    });
    Value::Object(columns.collect::<Map<_, _>>())
}

/// A field's value without its type: JSON says it, but for bytes, which are Base64.
fn value(field: &Value) -> Value {
    let Some((kind, value)) = field.as_object().and_then(|field| field.iter().next()) else {
        return Value::Null;
    };
    match kind.as_str() {
        "isNull" => Value::Null,
        "arrayValue" => value
            .as_object()
            .and_then(|array| array.values().next())
            .cloned()
            .unwrap_or_default(),
        _ => value.clone(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn answer(rows: usize, text: &str) -> Value {
        let record = json!([{ "longValue": 1 }, { "stringValue": text }, { "isNull": true }]);
        json!({
            "numberOfRecordsUpdated": 0,
            "columnMetadata": [{ "label": "id" }, { "name": "text" }, { "label": "none" }],
            "records": vec![record; rows],
        })
    }

    #[test]
    fn rows_become_objects() {
        let output = output(&answer(1, "a"), 20).summary;
        assert_eq!(
            output["rows"],
            json!([{ "id": 1, "text": "a", "none": null }])
        );
        assert_eq!(output["rows_cut"], false);
    }

    #[test]
    fn only_so_many_rows_are_kept_and_those_whole() {
        let many = output(&answer(50, "a"), 20);
        assert_eq!(
            (
                &many.summary["rows_returned"],
                &many.summary["rows_cut"],
                many.summary.get("rows")
            ),
            (&json!(50), &json!(true), None)
        );
        let whole = many.whole().unwrap();
        let rows: Vec<Value> = serde_json::from_slice(&whole.bytes).unwrap();
        assert_eq!(rows.len(), 20);
        assert_eq!(rows[19], json!({ "id": 1, "text": "a", "none": null }));
    }

    #[test]
    fn rows_beyond_all_bounds_are_cut_between_two_of_them() {
        let row = MAX_RESULT_BYTES / 10;
        let long = output(&answer(20, &"x".repeat(row)), 20);
        assert_eq!(long.summary["rows_cut"], true);
        let whole = long.whole().unwrap();
        let rows: Vec<Value> = serde_json::from_slice(&whole.bytes).unwrap();
        assert_eq!((rows.len(), whole.cut), (9, false));
    }

    #[test]
    fn a_statement_without_a_result_says_what_it_changed() {
        let none = output(&json!({ "numberOfRecordsUpdated": 3 }), 20);
        assert_eq!(none, json!({ "rows_affected": 3 }).into());
    }
}
