//! A value as its reader sees it, where an object is an object: serde would fill the fields of a struct from a list, in
//! the order in which the code declares them, which no description of ours allows.

use serde::de::value::{MapDeserializer, SeqDeserializer};
use serde::de::{Deserializer, Error as _, IntoDeserializer, Unexpected, Visitor};
use serde::forward_to_deserialize_any;
use serde_json::{Error, Value};

/// Reads like the value itself, but for a list that stands where an object belongs.
#[derive(Clone, Copy)]
pub struct Objects<'a>(pub &'a Value);

impl<'de> IntoDeserializer<'de, Error> for Objects<'de> {
    type Deserializer = Self;

    fn into_deserializer(self) -> Self {
        self
    }
}

impl<'de> Deserializer<'de> for Objects<'de> {
    type Error = Error;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        match self.0 {
            Value::Array(items) => {
                let mut items = SeqDeserializer::new(items.iter().map(Self));
                let read = visitor.visit_seq(&mut items)?;
                items.end()?;
                Ok(read)
            }
            Value::Object(entries) => {
                let entries = entries.iter();
                let mut entries =
                    MapDeserializer::new(entries.map(|(key, value)| (key.as_str(), Self(value))));
                let read = visitor.visit_map(&mut entries)?;
                entries.end()?;
                Ok(read)
            }
            scalar => scalar.deserialize_any(visitor),
        }
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Error> {
        match self.0 {
            Value::Array(_) => Err(Error::invalid_type(Unexpected::Seq, &visitor)),
            _ => self.deserialize_any(visitor),
        }
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        match self.0 {
            Value::Null => visitor.visit_none(),
            _ => visitor.visit_some(self),
        }
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, Error> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        name: &'static str,
        variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Error> {
        self.0.deserialize_enum(name, variants, visitor)
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf unit unit_struct seq tuple
        tuple_struct map identifier ignored_any
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use serde::Deserialize;
    use serde_json::json;

    use super::*;

    #[derive(Debug, PartialEq, Deserialize)]
    struct Inner {
        number: Option<u8>,
    }

    #[derive(Debug, PartialEq, Deserialize)]
    struct Outer {
        inner: Inner,
        many: Vec<Inner>,
        named: BTreeMap<String, Inner>,
    }

    fn read(value: &Value) -> Result<Outer, String> {
        Outer::deserialize(Objects(value)).map_err(|error| error.to_string())
    }

    #[test]
    fn objects_are_read_as_serde_reads_them() {
        let value = json!({
            "inner": { "number": 1 }, "many": [{}, { "number": null }], "named": { "a": { "number": 2 } },
        });
        assert_eq!(
            read(&value).unwrap(),
            serde_json::from_value(value).unwrap()
        );
    }

    #[test]
    fn a_list_is_never_an_object_however_deep_it_stands() {
        let listed = json!([3]);
        for value in [
            json!({ "inner": listed, "many": [], "named": {} }),
            json!({ "inner": {}, "many": [listed], "named": {} }),
            json!({ "inner": {}, "many": [], "named": { "a": listed } }),
            json!([{}, [], {}]),
        ] {
            let refusal = read(&value).unwrap_err();
            assert!(
                refusal.starts_with("invalid type: sequence, expected struct"),
                "{refusal}"
            );
        }
    }
}
