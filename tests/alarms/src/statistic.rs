//! What a period makes of the values in it. Invariant: no values, no statistic: a sum of nothing is missing, not 0.

use crate::{Unsupported, unsupported};

/// A statistic.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Statistic {
    /// All values together.
    Sum,
    /// The largest.
    Maximum,
    /// The smallest.
    Minimum,
    /// Their mean.
    Average,
    /// How many there are.
    SampleCount,
    /// The value that so many percent do not exceed.
    Percentile(f64),
}

impl Statistic {
    /// As an alarm names it.
    ///
    /// # Errors
    /// If it is another one.
    pub fn parse(name: &str) -> Result<Self, Unsupported> {
        if let Some(percent) = name.strip_prefix('p')
            && let Ok(percent) = percent.parse()
            && (0.0..=100.0).contains(&percent)
        {
            return Ok(Self::Percentile(percent));
        }
        match name {
            "Sum" => Ok(Self::Sum),
            "Maximum" => Ok(Self::Maximum),
            "Minimum" => Ok(Self::Minimum),
            "Average" => Ok(Self::Average),
            "SampleCount" => Ok(Self::SampleCount),
            other => unsupported(format!("statistic {other}")),
        }
    }

    /// Of these values. A percentile is the nearest rank's: AWS does not say how it interpolates, and for a threshold that
    /// is far from the values beside it, it does not matter.
    pub fn of(self, values: &[f64]) -> Option<f64> {
        if values.is_empty() {
            return None;
        }
        let count = f64::from(u32::try_from(values.len()).ok()?);
        Some(match self {
            Self::Sum => values.iter().sum(),
            Self::Maximum => values.iter().copied().fold(f64::NEG_INFINITY, f64::max),
            Self::Minimum => values.iter().copied().fold(f64::INFINITY, f64::min),
            Self::Average => values.iter().sum::<f64>() / count,
            Self::SampleCount => count,
            Self::Percentile(percent) => {
                let mut sorted = values.to_vec();
                sorted.sort_by(f64::total_cmp);
                let below = sorted
                    .iter()
                    .zip(1_u32..)
                    .find(|(_, rank)| f64::from(*rank) >= percent / 100.0 * count);
                *below.map_or(sorted.last()?, |(value, _)| value)
            }
        })
    }
}
