//! How far a rebuilding has come: kept in a file after every page, so that one that is stopped goes on there.

use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use chrono::{DateTime, TimeDelta, Utc};
use punctual::usecase::Rebuilt;
use serde::{Deserialize, Serialize};

use crate::Failure;

/// What is kept.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Place {
    /// Since when messages may be lost.
    pub since: Option<DateTime<Utc>>,
    /// Where the rest begins.
    pub cursor: Option<String>,
    /// What was found by then.
    pub so_far: Rebuilt,
}

/// The file.
pub struct Journey(PathBuf);

impl Journey {
    /// Keeps its place in `file`.
    pub fn new(file: &Path) -> Self {
        Self(file.to_owned())
    }

    /// Where an earlier one was stopped.
    pub fn resume(&self) -> Result<Option<Place>, Failure> {
        match std::fs::read(&self.0) {
            Ok(kept) => Ok(Some(serde_json::from_slice(&kept)?)),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    /// Keeps a place. Whoever is stopped meanwhile finds the old place or the new one, never half of it.
    pub fn keep(&self, place: &Place) -> Result<(), Failure> {
        let fresh = self.0.with_extension("new");
        std::fs::write(&fresh, serde_json::to_vec(place)?)?;
        Ok(std::fs::rename(fresh, &self.0)?)
    }

    /// Forgets the place: all is done.
    pub fn end(&self) -> Result<(), Failure> {
        match std::fs::remove_file(&self.0) {
            Err(error) if error.kind() != ErrorKind::NotFound => Err(error.into()),
            _ => Ok(()),
        }
    }
}

/// When the next page may begin, if `jobs` were read since `began` and no more than `rate` a second are to be.
pub fn next_page_at(began: DateTime<Utc>, jobs: u64, rate: u32) -> DateTime<Utc> {
    let millis = jobs.saturating_mul(1_000) / u64::from(rate.max(1));
    began + TimeDelta::milliseconds(i64::try_from(millis).unwrap_or(i64::MAX / 2))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_survives_its_file_and_is_forgotten_at_the_end() {
        let folder = tempfile::tempdir().unwrap();
        let journey = Journey::new(&folder.path().join("place"));
        assert_eq!(journey.resume().unwrap(), None);
        let place = Place {
            since: Some(DateTime::UNIX_EPOCH),
            cursor: Some("J#1".to_owned()),
            so_far: Rebuilt {
                jobs: 3,
                ..Rebuilt::default()
            },
        };
        journey.keep(&place).unwrap();
        assert_eq!(journey.resume().unwrap(), Some(place));
        journey.end().unwrap();
        journey.end().unwrap();
        assert_eq!(journey.resume().unwrap(), None);
    }

    #[test]
    fn the_next_page_waits_until_the_rate_is_kept() {
        let began = DateTime::UNIX_EPOCH;
        let after = |jobs, rate| (next_page_at(began, jobs, rate) - began).num_milliseconds();
        assert_eq!(after(0, 50), 0);
        assert_eq!(after(25, 50), 500);
        assert_eq!(after(1_000, 3), 333_333);
    }
}
