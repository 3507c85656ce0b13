//! The brief's own routes: other names and another way of saying a schedule, over the same model and use cases. Nothing
//! can be done here that the REST face would refuse.

mod days;
pub mod handlers;
mod names;
mod request;
mod translate;
mod view;

use std::sync::Arc;

use axum::Router;
use axum::routing::{delete, get, post, put};
use punctual::usecase::World;

pub use self::request::{CreateRequest, UpdateRequest};
use crate::Api;

/// The brief's four routes.
pub fn routes<W: World + 'static>() -> Router<Arc<Api<W>>> {
    Router::new()
        .route("/job", get(handlers::list::<W>))
        .route("/job/create", post(handlers::create::<W>))
        .route("/job/update", put(handlers::update::<W>))
        .route("/job/{id}", delete(handlers::remove::<W>))
}
