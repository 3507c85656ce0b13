//! Values between the Data API's JSON and PostgreSQL's own protocol.

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use serde_json::{Value, json};
use tokio_postgres::Row;
use tokio_postgres::types::private::BytesMut;
use tokio_postgres::types::{IsNull, ToSql, Type, to_sql_checked};

use super::Refusal;

/// A value to bind.
#[derive(Debug)]
pub(super) enum Bound {
    Null,
    Boolean(bool),
    Long(i64),
    Double(f64),
    Text(String),
    /// Text that the server is to read as another type.
    Typed(String, &'static str),
    Blob(Vec<u8>),
}

impl Bound {
    pub(super) fn read(value: &Value, hint: Option<&str>) -> Option<Self> {
        let (kind, value) = value.as_object()?.iter().next()?;
        match (kind.as_str(), hint) {
            ("isNull", _) => Some(Self::Null),
            ("booleanValue", _) => value.as_bool().map(Self::Boolean),
            ("longValue", _) => value.as_i64().map(Self::Long),
            ("doubleValue", _) => value.as_f64().map(Self::Double),
            ("blobValue", _) => BASE64_STANDARD.decode(value.as_str()?).ok().map(Self::Blob),
            ("stringValue", None) => value.as_str().map(|text| Self::Text(text.to_owned())),
            ("stringValue", Some(hint)) => {
                let cast = ["date", "decimal", "json", "time", "timestamp", "uuid"]
                    .into_iter()
                    .find(|cast| cast.eq_ignore_ascii_case(hint))?;
                Some(Self::Typed(value.as_str()?.to_owned(), cast))
            }
            _ => None,
        }
    }

    /// What the server is told that its number is.
    pub(super) fn sql_type(&self) -> Type {
        match self {
            Self::Null => Type::UNKNOWN,
            Self::Boolean(_) => Type::BOOL,
            Self::Long(_) => Type::INT8,
            Self::Double(_) => Type::FLOAT8,
            Self::Text(_) | Self::Typed(..) => Type::TEXT,
            Self::Blob(_) => Type::BYTEA,
        }
    }

    /// What its number is read as.
    pub(super) fn cast(&self) -> Option<&'static str> {
        match self {
            Self::Typed(_, cast) => Some(cast),
            _ => None,
        }
    }
}

impl ToSql for Bound {
    fn to_sql(
        &self,
        ty: &Type,
        out: &mut BytesMut,
    ) -> Result<IsNull, Box<dyn std::error::Error + Sync + Send>> {
        match self {
            Self::Null => Ok(IsNull::Yes),
            Self::Boolean(value) => value.to_sql(ty, out),
            Self::Long(value) => value.to_sql(ty, out),
            Self::Double(value) => value.to_sql(ty, out),
            Self::Text(value) | Self::Typed(value, _) => value.as_str().to_sql(ty, out),
            Self::Blob(value) => value.as_slice().to_sql(ty, out),
        }
    }

    fn accepts(_: &Type) -> bool {
        true
    }

    to_sql_checked!();
}

/// A field of a result.
pub(super) fn field(row: &Row, index: usize) -> Result<Value, Refusal> {
    let value = match *row.columns()[index].type_() {
        Type::BOOL => typed(row.try_get::<_, Option<bool>>(index)?, "booleanValue"),
        Type::INT2 => typed(row.try_get::<_, Option<i16>>(index)?, "longValue"),
        Type::INT4 => typed(row.try_get::<_, Option<i32>>(index)?, "longValue"),
        Type::INT8 => typed(row.try_get::<_, Option<i64>>(index)?, "longValue"),
        Type::FLOAT4 => typed(row.try_get::<_, Option<f32>>(index)?, "doubleValue"),
        Type::FLOAT8 => typed(row.try_get::<_, Option<f64>>(index)?, "doubleValue"),
        Type::BYTEA => {
            let bytes = row.try_get::<_, Option<Vec<u8>>>(index)?;
            typed(
                bytes.map(|bytes| BASE64_STANDARD.encode(bytes)),
                "blobValue",
            )
        }
        Type::TEXT | Type::VARCHAR | Type::BPCHAR | Type::NAME => {
            typed(row.try_get::<_, Option<String>>(index)?, "stringValue")
        }
        ref other => {
            let name = other.name();
            return Err(Refusal {
                code: "UnsupportedResultException",
                ..Refusal::bad_request(format!("cast {name} to text to have it in a result here"))
            });
        }
    };
    Ok(value)
}

fn typed<T: Into<Value>>(value: Option<T>, kind: &str) -> Value {
    match value {
        None => json!({ "isNull": true }),
        Some(value) => json!({ kind: value.into() }),
    }
}
