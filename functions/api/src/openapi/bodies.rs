//! Request bodies, more closely than a type can say. What a job's payload looks like depends on the job's type: a body
//! that asks for a job becomes one shape for each type in the registry, so that nothing about the types is written down
//! twice. And a body that may be left out may not be null.

use std::collections::BTreeMap;

use punctual::jobtype::Registry;
use utoipa::openapi::{Object, ObjectBuilder, OneOfBuilder, OpenApi, Ref, RefOr, Schema, Type};

use super::{capitalized, operations};

type Schemas = BTreeMap<String, RefOr<Schema>>;

/// The bodies that name a type and carry its payload.
const ASKS: [&str; 3] = ["BatchItemRequest", "JobRequest", "BriefJobRequest"];

/// Splits every such body by job type: `JobRequest` into `HttpJobRequest` and so on.
pub fn tell_apart(document: &mut OpenApi, registry: &Registry) {
    let schemas = &mut document.components.get_or_insert_default().schemas;
    complete_items(schemas);
    for ask in ASKS {
        let Some(RefOr::T(Schema::Object(mut of_any_type))) = schemas.remove(ask) else {
            continue;
        };
        let mut one_of = OneOfBuilder::new()
            .description(of_any_type.description.take())
            .examples(std::mem::take(&mut of_any_type.examples));
        for (job_type, payload) in registry.payloads() {
            let name = format!("{}{ask}", capitalized(job_type));
            one_of = one_of.item(Ref::from_schema_name(&name));
            schemas.insert(name, of_type(of_any_type.clone(), job_type, payload).into());
        }
        schemas.insert(ask.to_owned(), one_of.into());
    }
}

/// An item of a batch has the fields of a create beside its own.
fn complete_items(schemas: &mut Schemas) {
    let create = schemas.get("JobRequest").cloned();
    if let Some(RefOr::T(Schema::Object(create))) = create
        && let Some(RefOr::T(Schema::Object(item))) = schemas.get_mut("BatchItemRequest")
    {
        item.properties.extend(create.properties);
        item.required.extend(create.required);
    }
}

fn of_type(mut ask: Object, job_type: &str, payload: RefOr<Schema>) -> Object {
    ask.description = Some(format!("A job of type `{job_type}`."));
    let needed = matches!(&payload, RefOr::T(Schema::Object(shape)) if !shape.required.is_empty());
    if needed {
        ask.required.push("payload".to_owned());
    }
    let name = ObjectBuilder::new()
        .schema_type(Type::String)
        .enum_values(Some([job_type]));
    ask.properties.insert("job_type".to_owned(), name.into());
    ask.properties.insert("payload".to_owned(), payload);
    ask
}

/// Takes the null out of bodies that may be left out.
pub fn never_null(document: &mut OpenApi) {
    let bodies = operations(document).filter_map(|operation| operation.request_body.as_mut());
    for body in bodies {
        let RefOr::T(body) = body else { continue };
        for content in body.content.values_mut() {
            let RefOr::T(content) = content else { continue };
            if let Some(RefOr::T(Schema::OneOf(choice))) = &content.schema
                && let Some(body @ RefOr::Ref(_)) = choice.items.first()
            {
                content.schema = Some(body.clone());
            }
        }
    }
}
