//! A part of a list, with the place where it goes on.

use std::borrow::Cow;

use punctual::port;
use serde::Serialize;
use utoipa::openapi::schema::SchemaType;
use utoipa::openapi::{Array, ObjectBuilder, Ref, RefOr, Schema, Type};
use utoipa::{PartialSchema, ToSchema};

/// A part of a list.
#[derive(Debug, Serialize)]
pub struct Page<T> {
    items: Vec<T>,
    next_cursor: Option<String>,
}

impl<T> Page<T> {
    /// The stored part, each item as `view` shows it.
    pub fn of<S>(page: port::Page<S>, view: impl FnMut(S) -> T) -> Self {
        Self {
            items: page.items.into_iter().map(view).collect(),
            next_cursor: page.next,
        }
    }

    /// The same, where showing an item may fail.
    pub fn try_of<S, E>(
        page: port::Page<S>,
        view: impl FnMut(S) -> Result<T, E>,
    ) -> Result<Self, E> {
        Ok(Self {
            items: page.items.into_iter().map(view).collect::<Result<_, E>>()?,
            next_cursor: page.next,
        })
    }
}

/// Named after its items, which a derived schema would spell out instead.
impl<T: ToSchema> ToSchema for Page<T> {
    fn name() -> Cow<'static, str> {
        format!("{}Page", T::name()).into()
    }

    fn schemas(schemas: &mut Vec<(String, RefOr<Schema>)>) {
        schemas.push((T::name().into_owned(), T::schema()));
        T::schemas(schemas);
    }
}

impl<T: ToSchema> PartialSchema for Page<T> {
    fn schema() -> RefOr<Schema> {
        let cursor = ObjectBuilder::new()
            .schema_type(SchemaType::from_iter([Type::String, Type::Null]))
            .description(Some(
                "The `cursor` that continues the list; null where it ends.",
            ));
        ObjectBuilder::new()
            .description(Some("A part of a list."))
            .property("items", Array::new(Ref::from_schema_name(T::name())))
            .property("next_cursor", cursor)
            .required("items")
            .required("next_cursor")
            .into()
    }
}
