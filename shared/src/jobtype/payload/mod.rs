//! What may stand in a payload instead of plain text: references to secrets, and placeholders. A type says where; what
//! stands anywhere else is refused at submit. Filling in never changes a payload's structure: the handler is given the
//! same keys and lists, with plain text in them.

mod credential;
mod filling;
mod path;
mod place;
mod render;
mod scrub;
mod template;
#[cfg(test)]
mod tests;

pub use filling::{Facts, Given, MAX_SECRETS, Needs};
pub(super) use filling::{Places, check, fill, needs};
pub use place::{Place, Placeholders, References};
pub use scrub::Scrubber;
