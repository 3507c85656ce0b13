//! Lanes: by which queue an execution comes to a worker. Each band of priorities has one, and long attempts have one of
//! their own, so that none of them keeps a short one waiting.

use super::Band;

/// A queue of executions, and the workers that read it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Lane {
    /// Attempts of at most [`MAX_SHORT`](super::TimeoutSeconds::MAX_SHORT), by how urgent they are.
    Band(Band),
    /// Longer attempts, whatever their priority.
    Long,
}

impl Lane {
    /// Every lane.
    pub const ALL: [Self; 4] = [
        Self::Band(Band::High),
        Self::Band(Band::Normal),
        Self::Band(Band::Low),
        Self::Long,
    ];

    /// The name in queue names and logs.
    pub fn name(self) -> &'static str {
        match self {
            Self::Band(band) => band.name(),
            Self::Long => "long",
        }
    }
}

impl From<Band> for Lane {
    fn from(band: Band) -> Self {
        Self::Band(band)
    }
}
