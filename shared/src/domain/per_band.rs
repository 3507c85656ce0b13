//! One value for each band.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::Band;

/// A value for each band.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct PerBand<T> {
    /// Of priorities 1–3.
    pub high: T,
    /// Of priorities 4–7.
    pub normal: T,
    /// Of priorities 8–10.
    pub low: T,
}

impl<T> PerBand<T> {
    /// What `value` says of each band.
    pub fn of(mut value: impl FnMut(Band) -> T) -> Self {
        Self {
            high: value(Band::High),
            normal: value(Band::Normal),
            low: value(Band::Low),
        }
    }

    /// The value of `band`.
    pub fn get(&self, band: Band) -> &T {
        match band {
            Band::High => &self.high,
            Band::Normal => &self.normal,
            Band::Low => &self.low,
        }
    }

    /// The value of `band`, to be changed.
    pub fn get_mut(&mut self, band: Band) -> &mut T {
        match band {
            Band::High => &mut self.high,
            Band::Normal => &mut self.normal,
            Band::Low => &mut self.low,
        }
    }
}
