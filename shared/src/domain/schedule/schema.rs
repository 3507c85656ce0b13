//! The shapes of a schedule, for the API's document. A one-time schedule has two of them, so that each says which of its
//! fields it needs.

use std::borrow::Cow;

use utoipa::openapi::schema::SchemaType;
use utoipa::openapi::{Object, ObjectBuilder, OneOfBuilder, Ref, RefOr, Schema, Type};
use utoipa::{PartialSchema, ToSchema};

use super::{AfterRequest, CronRequest, EveryRequest, OnceRequest, RruleRequest, ScheduleRequest};

/// What one way of saying a schedule looks like.
struct Form {
    name: &'static str,
    description: &'static str,
    kind: &'static str,
    fields: RefOr<Schema>,
    required: &'static [&'static str],
    /// A field that another form of the same kind has.
    without: Option<&'static str>,
}

fn forms() -> [Form; 6] {
    [
        Form {
            name: "OnceAt",
            description: "Once, at an instant.",
            kind: "once",
            fields: OnceRequest::schema(),
            required: &["at"],
            without: Some("local"),
        },
        Form {
            name: "OnceLocal",
            description: "Once, when a wall clock shows a time. Shown as the instant that it was resolved to.",
            kind: "once",
            fields: OnceRequest::schema(),
            required: &["local", "timezone"],
            without: Some("at"),
        },
        Form {
            name: "Cron",
            description: "Whenever a wall clock matches a cron expression.",
            kind: "cron",
            fields: CronRequest::schema(),
            required: &["expression"],
            without: None,
        },
        Form {
            name: "Rrule",
            description: "By a recurrence rule (RFC 5545).",
            kind: "rrule",
            fields: RruleRequest::schema(),
            required: &["rule"],
            without: None,
        },
        Form {
            name: "Every",
            description: "Every so many seconds, from an anchor on.",
            kind: "every",
            fields: EveryRequest::schema(),
            required: &["seconds"],
            without: None,
        },
        Form {
            name: "After",
            description: "When the jobs in `after` have run, and at no time of its own. The same as no schedule.",
            kind: "after",
            fields: AfterRequest::schema(),
            required: &[],
            without: None,
        },
    ]
}

impl Form {
    fn schema(self) -> RefOr<Schema> {
        let RefOr::T(Schema::Object(mut object)) = self.fields else {
            return self.fields;
        };
        object.description = Some(self.description.to_owned());
        object.required = vec!["kind".to_owned()];
        if let Some(other) = self.without {
            object.properties.remove(other);
        }
        for name in self.required {
            object.required.push((*name).to_owned());
            if let Some(RefOr::T(Schema::Object(field))) = object.properties.get_mut(*name) {
                never_null(field);
            }
        }
        let kind = ObjectBuilder::new()
            .schema_type(Type::String)
            .enum_values(Some([self.kind]));
        object.properties.insert("kind".to_owned(), kind.into());
        object.into()
    }
}

/// What may be left out may be null as well; what is required may not.
fn never_null(field: &mut Object) {
    if let SchemaType::Array(types) = &mut field.schema_type {
        types.retain(|of_type| *of_type != Type::Null);
        if let [only] = &types[..] {
            field.schema_type = SchemaType::Type(only.clone());
        }
    }
}

impl PartialSchema for ScheduleRequest {
    fn schema() -> RefOr<Schema> {
        forms()
            .into_iter()
            .fold(OneOfBuilder::new(), |one_of, form| {
                one_of.item(Ref::from_schema_name(form.name))
            })
            .description(Some("When a job fires."))
            .into()
    }
}

impl ToSchema for ScheduleRequest {
    fn name() -> Cow<'static, str> {
        Cow::Borrowed("Schedule")
    }

    fn schemas(schemas: &mut Vec<(String, RefOr<Schema>)>) {
        schemas.extend(forms().map(|form| (form.name.to_owned(), form.schema())));
    }
}
