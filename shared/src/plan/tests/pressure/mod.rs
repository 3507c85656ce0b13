//! What may be sent, by example and by its laws.

mod backlog;
mod breaker;
mod level;
mod order;

use crate::plan::pressure::Load;

/// A band that takes a hundred messages a minute.
fn load(ready: u64) -> Load {
    Load {
        ready,
        capacity: 100,
        taken: 500,
        places: 10,
    }
}
