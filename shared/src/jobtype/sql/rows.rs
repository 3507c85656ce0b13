//! What is kept of a result: its first rows as JSON objects, within bounds.

use serde_json::{Map, Value, json};

/// Rows are kept until they take this much as JSON text.
const MAX_BYTES: usize = 16 * 1_024;

/// The output for an answer of `ExecuteStatement`.
pub(super) fn output(answer: &Value, max_rows: usize) -> Value {
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
    let mut output = json!({ "rows_affected": answer["numberOfRecordsUpdated"] });
    if answer["records"].is_array() {
        output["rows_returned"] = records.len().into();
        output["rows_cut"] = (rows.len() < records.len()).into();
        output["rows"] = rows.into();
    }
    output
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
        let output = output(&answer(1, "a"), 20);
        assert_eq!(
            output["rows"],
            json!([{ "id": 1, "text": "a", "none": null }])
        );
        assert_eq!(output["rows_cut"], false);
    }

    #[test]
    fn only_so_many_rows_and_so_many_bytes_are_kept() {
        let many = output(&answer(50, "a"), 20);
        assert_eq!(many["rows"].as_array().unwrap().len(), 20);
        assert_eq!(
            (&many["rows_returned"], &many["rows_cut"]),
            (&json!(50), &json!(true))
        );
        let long = output(&answer(20, &"x".repeat(1_000)), 20);
        assert!(long["rows"].to_string().len() <= MAX_BYTES + 20);
        assert_eq!(long["rows_cut"], true);
    }

    #[test]
    fn a_statement_without_a_result_says_what_it_changed() {
        let none = output(&json!({ "numberOfRecordsUpdated": 3 }), 20);
        assert_eq!(none, json!({ "rows_affected": 3 }));
    }
}
