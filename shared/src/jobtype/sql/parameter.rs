//! A bound value: its JSON type is its SQL type, and what JSON has no type for is named.

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use serde::Deserialize;
use serde_json::{Value, json};
use utoipa::openapi::schema::AdditionalProperties;
use utoipa::openapi::{ObjectBuilder, OneOfBuilder, RefOr, Schema, Type};
use utoipa::{PartialSchema, ToSchema};

/// A value of a parameter.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(untagged)]
pub(super) enum Parameter {
    Null(()),
    Boolean(bool),
    Long(i64),
    Double(f64),
    Text(String),
    Typed(Typed),
    Blob(Blob),
}

/// Text that stands for a value of another type.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Typed {
    value: String,
    r#type: Hint,
}

/// Types that the Data API takes as text.
#[derive(Clone, Copy, Debug, PartialEq, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Hint {
    Date,
    Decimal,
    Json,
    Time,
    Timestamp,
    Uuid,
}

impl Hint {
    const ALL: [(Self, &'static str); 6] = [
        (Self::Date, "DATE"),
        (Self::Decimal, "DECIMAL"),
        (Self::Json, "JSON"),
        (Self::Time, "TIME"),
        (Self::Timestamp, "TIMESTAMP"),
        (Self::Uuid, "UUID"),
    ];

    fn name(self) -> &'static str {
        let found = Self::ALL.iter().find(|(hint, _)| *hint == self);
        found.map_or("", |(_, name)| name)
    }
}

/// Bytes, in Base64.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Blob {
    blob: String,
}

impl Parameter {
    /// Why it cannot be bound, if it cannot.
    pub(super) fn unusable(&self) -> Option<&'static str> {
        match self {
            Self::Text(text) | Self::Typed(Typed { value: text, .. }) if text.contains('\0') => {
                Some("must not have NUL in it")
            }
            Self::Blob(Blob { blob }) if BASE64_STANDARD.decode(blob).is_err() => {
                Some("must be Base64")
            }
            _ => None,
        }
    }

    /// The parameter as the Data API takes it.
    pub(super) fn bound(&self, name: &str) -> Value {
        let value = match self {
            Self::Null(()) => json!({ "isNull": true }),
            Self::Boolean(value) => json!({ "booleanValue": value }),
            Self::Long(value) => json!({ "longValue": value }),
            Self::Double(value) => json!({ "doubleValue": value }),
            Self::Text(value) => json!({ "stringValue": value }),
            Self::Blob(Blob { blob }) => json!({ "blobValue": blob }),
            Self::Typed(Typed { value, r#type }) => {
                let value = json!({ "stringValue": value });
                return json!({ "name": name, "value": value, "typeHint": r#type.name() });
            }
        };
        json!({ "name": name, "value": value })
    }
}

impl PartialSchema for Parameter {
    fn schema() -> RefOr<Schema> {
        let of = |kind| ObjectBuilder::new().schema_type(kind).build();
        let text = || {
            ObjectBuilder::new()
                .schema_type(Type::String)
                .pattern(Some(r"^[^\u0000]*$"))
                .build()
        };
        let hints = Hint::ALL.map(|(_, name)| name.to_ascii_lowercase());
        let hint = ObjectBuilder::new()
            .schema_type(Type::String)
            .enum_values(Some(hints));
        let typed = ObjectBuilder::new()
            .property("value", text())
            .property("type", hint)
            .required("value")
            .required("type")
            .additional_properties(Some(AdditionalProperties::FreeForm(false)));
        let blob = ObjectBuilder::new()
            .property(
                "blob",
                ObjectBuilder::new()
                    .schema_type(Type::String)
                    .pattern(Some("^([A-Za-z0-9+/]{4})*$"))
                    .description(Some("Base64.")),
            )
            .required("blob")
            .additional_properties(Some(AdditionalProperties::FreeForm(false)));
        OneOfBuilder::new()
            .item(of(Type::Null))
            .item(of(Type::Boolean))
            .item(
                ObjectBuilder::new()
                    .schema_type(Type::Number)
                    .minimum(Some(-9.2e18))
                    .maximum(Some(9.2e18))
                    .build(),
            )
            .item(text())
            .item(typed)
            .item(blob)
            .into()
    }
}

impl ToSchema for Parameter {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_json_type_is_bound_as_what_it_is() {
        for (given, bound) in [
            (json!(null), json!({ "isNull": true })),
            (json!(true), json!({ "booleanValue": true })),
            (json!(-7), json!({ "longValue": -7 })),
            (json!(7.0), json!({ "doubleValue": 7.0 })),
            (json!("x'; --"), json!({ "stringValue": "x'; --" })),
            (json!({ "blob": "AAE=" }), json!({ "blobValue": "AAE=" })),
        ] {
            let parameter: Parameter = serde_json::from_value(given).unwrap();
            assert_eq!(parameter.unusable(), None);
            assert_eq!(parameter.bound("p"), json!({ "name": "p", "value": bound }));
        }
    }

    #[test]
    fn a_named_type_becomes_a_hint() {
        let given = json!({ "value": "1.10", "type": "decimal" });
        let parameter: Parameter = serde_json::from_value(given).unwrap();
        let bound = json!({
            "name": "p", "value": { "stringValue": "1.10" }, "typeHint": "DECIMAL",
        });
        assert_eq!(parameter.bound("p"), bound);
        let odd = json!({ "value": "1.10", "type": "money" });
        assert!(serde_json::from_value::<Parameter>(odd).is_err());
    }
}
