//! Answers that several operations share and that say more than a body.

use std::collections::BTreeMap;
use std::marker::PhantomData;

use utoipa::openapi::header::HeaderBuilder;
use utoipa::openapi::{
    Content, ContentBuilder, Header, Object, Ref, RefOr, Response, ResponseBuilder, Type,
};
use utoipa::{IntoResponses, ToSchema};

use super::errors;
use crate::problem::{Document, Problem};
use crate::view::RunView;

/// A job was created, now or by an earlier request under the same key, and is shown as `V`.
pub struct Created<V>(PhantomData<V>);

impl<V: ToSchema> IntoResponses for Created<V> {
    fn responses() -> BTreeMap<String, RefOr<Response>> {
        let shown = |description| {
            ResponseBuilder::new()
                .description(description)
                .header("Location", text("Where the job is."))
                .content("application/json", shown_as::<V>())
        };
        let created = shown("The job is created");
        let replayed = shown("An earlier request with the same key had created it").header(
            "Idempotent-Replayed",
            text("`true`: this request created nothing."),
        );
        [("201", created), ("200", replayed)]
            .map(|(status, response)| (status.to_owned(), response.into()))
            .into()
    }
}

/// An execution is on its way.
pub struct Dispatched;

impl IntoResponses for Dispatched {
    fn responses() -> BTreeMap<String, RefOr<Response>> {
        let response = ResponseBuilder::new()
            .description("The execution is on its way")
            .header("Location", text("Where its record will appear."))
            .content("application/json", shown_as::<RunView>());
        [("202".to_owned(), response.into())].into()
    }
}

/// The thing is in a state that does not allow it.
pub struct Conflict;

impl IntoResponses for Conflict {
    fn responses() -> BTreeMap<String, RefOr<Response>> {
        let problem = Problem::conflict("the job is completed: it has no further fire times");
        one(problem)
    }
}

/// There is no such job, where no path names it.
pub struct NoSuchJob;

impl IntoResponses for NoSuchJob {
    fn responses() -> BTreeMap<String, RefOr<Response>> {
        one(Problem::not_found("job"))
    }
}

fn one(problem: Problem) -> BTreeMap<String, RefOr<Response>> {
    let document = Document::from(problem);
    let status = document.status.to_string();
    [(status, errors::response(&[document]).into())].into()
}

fn shown_as<V: ToSchema>() -> Content {
    ContentBuilder::new()
        .schema(Some(Ref::from_schema_name(V::name())))
        .build()
}

pub(super) fn text(description: &str) -> Header {
    HeaderBuilder::new()
        .schema(Some(Object::with_type(Type::String)))
        .description(Some(description))
        .build()
}
