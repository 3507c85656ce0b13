//! Jobs that run after others. Edges only say whom to ask, rows say who waits for whom, records say what has ended: the
//! three are read in that order, behind the write that made it worth asking.

mod fan_out;
mod graph;
mod look;
mod tie;

pub(super) use self::fan_out::{fan_out, look_after, send};
pub use self::graph::{Graph, GraphNode, graph};
pub(super) use self::look::{at_gate, row_of};
pub(super) use self::tie::{check_unneeded, tie};

/// How many reads are under way at once.
const CONCURRENCY: usize = 16;
