//! Answers that several operations share and that say more than a body.

use std::collections::BTreeMap;
use std::marker::PhantomData;

use punctual::plan::admission::{Allowance, Exhausted, Refusal};
use utoipa::openapi::header::HeaderBuilder;
use utoipa::openapi::{
    Content, ContentBuilder, Header, Object, Ref, RefOr, Response, ResponseBuilder, Type,
};
use utoipa::{IntoResponses, ToSchema};

use super::errors;
use crate::precondition::Tagged;
use crate::problem::Problem;
use crate::view::RunView;

/// A job was created, now or by an earlier request under the same key, and is shown as `V`.
pub struct Created<V>(PhantomData<V>);

impl<V: ToSchema> IntoResponses for Created<V> {
    fn responses() -> BTreeMap<String, RefOr<Response>> {
        let shown = |description| {
            let shown = shown_as::<V>(description).header("Location", text("Where the job is."));
            with_tag(with_allowance(shown))
        };
        let replayed = shown("An earlier request with the same key had created it").header(
            "Idempotent-Replayed",
            text("`true`: this request created nothing."),
        );
        BTreeMap::from([
            entry(201, shown("The job is created")),
            entry(200, replayed),
        ])
    }
}

impl<V: ToSchema> IntoResponses for Tagged<V> {
    fn responses() -> BTreeMap<String, RefOr<Response>> {
        let shown = shown_as::<V>("The job as it is now");
        [entry(200, with_tag(shown))].into()
    }
}

/// The caller has this version already.
pub struct NotModified;

impl IntoResponses for NotModified {
    fn responses() -> BTreeMap<String, RefOr<Response>> {
        let known = ResponseBuilder::new().description("It is still the version that you have");
        [entry(304, with_tag(known))].into()
    }
}

/// An execution is on its way.
pub struct Dispatched;

impl IntoResponses for Dispatched {
    fn responses() -> BTreeMap<String, RefOr<Response>> {
        let accepted = shown_as::<RunView>("The execution is on its way")
            .header("Location", text("Where its record will appear."));
        [entry(202, accepted)].into()
    }
}

/// The thing is in a state that does not allow it.
pub struct Conflict;

impl IntoResponses for Conflict {
    fn responses() -> BTreeMap<String, RefOr<Response>> {
        errors::one(Problem::conflict(
            "the job is completed: it has no further fire times",
        ))
    }
}

/// The execution has not ended badly.
pub struct NotDead;

impl IntoResponses for NotDead {
    fn responses() -> BTreeMap<String, RefOr<Response>> {
        errors::one(Problem::conflict(
            "the execution has not ended badly: there is nothing to redrive",
        ))
    }
}

/// The redrive of many has nothing left to do.
pub struct RedriveDone;

impl IntoResponses for RedriveDone {
    fn responses() -> BTreeMap<String, RefOr<Response>> {
        errors::one(Problem::conflict(
            "the redrive is done: there is nothing left to stop",
        ))
    }
}

/// The hold is lifted, or there are too many.
pub struct HoldLifted;

impl IntoResponses for HoldLifted {
    fn responses() -> BTreeMap<String, RefOr<Response>> {
        errors::one(Problem::conflict(
            "the hold is lifted: what it held is on its way",
        ))
    }
}

/// There is no such job, where no path names it.
pub struct NoSuchJob;

impl IntoResponses for NoSuchJob {
    fn responses() -> BTreeMap<String, RefOr<Response>> {
        errors::one(Problem::not_found("job"))
    }
}

/// There is no such user, or none whose things the caller may see.
pub struct NoSuchUser;

impl IntoResponses for NoSuchUser {
    fn responses() -> BTreeMap<String, RefOr<Response>> {
        errors::one(Problem::not_found("user"))
    }
}

/// A limit of the user's plan has been reached.
pub struct Limited;

impl IntoResponses for Limited {
    fn responses() -> BTreeMap<String, RefOr<Response>> {
        let allowance = Allowance {
            limit: 10,
            remaining: 0,
            reset_seconds: 7,
            per_minute: 10,
            per_day: Some(1_000),
        };
        let refusal = |exhausted, limit| Refusal {
            exhausted,
            limit,
            retry_after_seconds: Some(allowance.reset_seconds),
            allowance,
        };
        errors::responses(vec![
            Problem::limited(refusal(Exhausted::Minute, allowance.per_minute)),
            Problem::limited(refusal(Exhausted::Day, 1_000)),
        ])
    }
}

fn entry(status: u16, response: ResponseBuilder) -> (String, RefOr<Response>) {
    (status.to_string(), response.build().into())
}

fn shown_as<V: ToSchema>(description: &str) -> ResponseBuilder {
    let content = ContentBuilder::new().schema(Some(Ref::from_schema_name(V::name())));
    ResponseBuilder::new()
        .description(description)
        .content("application/json", Content::from(content))
}

fn with_tag(response: ResponseBuilder) -> ResponseBuilder {
    response.header(
        "ETag",
        text("The version shown, in quotes: for `If-Match`."),
    )
}

/// The headers of draft-ietf-httpapi-ratelimit-headers-06.
pub(super) fn with_allowance(response: ResponseBuilder) -> ResponseBuilder {
    [
        ("RateLimit-Limit", "Jobs that the window allows."),
        ("RateLimit-Remaining", "Jobs that it still allows."),
        ("RateLimit-Reset", "In how many seconds it begins anew."),
        ("RateLimit-Policy", "The windows of your plan."),
    ]
    .into_iter()
    .fold(response, |response, (name, description)| {
        response.header(name, text(description))
    })
}

pub(super) fn text(description: &str) -> Header {
    HeaderBuilder::new()
        .schema(Some(Object::with_type(Type::String)))
        .description(Some(description))
        .build()
}
