//! When what is given up. Each level has a backlog at which it begins and a smaller one at which it ends, so that a
//! backlog near one of them does not switch it on and off.

use super::Load;
use crate::domain::{Band, Level, PerBand};

/// A level, the bands whose ready backlog counts, and the minutes of work at which it begins and ends.
struct Step {
    level: Level,
    bands: &'static [Band],
    on: u64,
    off: u64,
}

/// More than a minute each: a full minute of work may well be due at one second.
const STEPS: [Step; 3] = [
    Step {
        level: Level::LowShed,
        bands: &Band::ALL,
        on: 2,
        off: 1,
    },
    Step {
        level: Level::NormalShed,
        bands: &[Band::High, Band::Normal],
        on: 4,
        off: 2,
    },
    Step {
        level: Level::CreatesRefused,
        bands: &[Band::High, Band::Normal],
        on: 8,
        off: 4,
    },
];

/// The level after `present`: at once as high as the backlog asks for, and down again step by step.
pub fn next_level(present: Level, loads: &PerBand<Load>) -> Level {
    let reaches = |step: &Step, minutes| {
        step.bands
            .iter()
            .any(|band| loads.get(*band).reaches(minutes))
    };
    let up = STEPS
        .iter()
        .rev()
        .find(|step| reaches(step, step.on))
        .map_or(Level::Calm, |step| step.level);
    if up >= present {
        return up;
    }
    let step = STEPS.iter().find(|step| step.level == present);
    if step.is_some_and(|step| reaches(step, step.off)) {
        return present;
    }
    let below = Level::ALL.into_iter().rev().find(|level| *level < present);
    below.unwrap_or_default()
}
