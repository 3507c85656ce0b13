//! Workers outside: they register, look for what is offered, hold what they take for as long as they are heard of, and
//! report how it ended. All are the owner's own; nobody else finds anything here.

mod hold;
mod poll;
mod registry;

pub use self::hold::{Heard, extend, fail, succeed};
pub use self::poll::{Handed, MAX_TAKEN, MAX_WAIT, poll};
pub use self::registry::{list_workers, register_worker, remove_worker};
