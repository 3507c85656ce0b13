//! Chaos: the system as separate processes, a load of requests, targets that count what starts, and a killer that nobody
//! can reason with. In the end a checker, which knows nothing but what these saw, says what was lost, doubled, or started
//! although it had been stopped. Invariant: only `cluster`, `load`, `target` and `collect` touch the world; what was planned
//! and what is concluded are pure.

pub mod check;
pub mod cluster;
pub mod collect;
pub mod evidence;
pub mod load;
pub mod random;
pub mod report;
pub mod strike;
pub mod target;
pub mod timetable;

/// Why a run cannot go on.
pub type Broken = Box<dyn std::error::Error + Send + Sync>;
