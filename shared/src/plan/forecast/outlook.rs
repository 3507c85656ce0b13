//! What a stretch of time will be like, minute by minute, and where its peaks are.

use std::collections::HashMap;

use chrono::{DateTime, TimeDelta, Utc};

use super::fleet::{Fleet, Run};
use super::ranking::Tally;
use super::{BUDGET, Causes, Filter, LeftOut, Load, Ranking, Sample, fleet};
use crate::domain::schedule::Cadence;
use crate::domain::{Agenda, Minute, Window};

/// How many of the busiest seconds are named.
const PEAKS: usize = 10;

/// What is to be expected.
#[derive(Clone, Debug, PartialEq)]
pub struct Forecast {
    /// Of which stretch of time.
    pub window: Window,
    /// The first minute of `minutes`: it may have begun before the stretch.
    pub first_minute: Minute,
    /// How many jobs start in each minute, as far as it lies within the stretch.
    pub minutes: Vec<u64>,
    /// All of them.
    pub total: u64,
    /// How many jobs start at all.
    pub jobs: u64,
    /// The busiest seconds, the busiest first; of those that are as busy, the earlier first.
    pub peaks: Vec<Peak>,
    /// Who causes the most of them.
    pub causes: Causes<Ranking>,
    /// What is not told.
    pub left_out: LeftOut,
    /// If it is an estimate: of which jobs.
    pub sample: Option<Sample>,
    /// How much work it was, at the most: about as many additions.
    pub work: u64,
}

/// A busy second.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Peak {
    /// Which.
    pub at: DateTime<Utc>,
    /// How many jobs start.
    pub starts: u64,
    /// How often those fire: what most of them have in common first.
    pub cadences: Vec<(Cadence, u64)>,
}

/// Forecasts `window` of the jobs that `filter` lets through.
pub fn forecast(agenda: &Agenda, filter: &Filter, window: Window) -> Forecast {
    forecast_within(agenda, filter, window, BUDGET)
}

/// The same within another budget.
pub(in crate::plan) fn forecast_within(
    agenda: &Agenda,
    filter: &Filter,
    window: Window,
    budget: u64,
) -> Forecast {
    // Peaks take a second sweep.
    let mut fleet = fleet(agenda, filter, window, budget / 2);
    let mut load = Load::none(window);
    let mut causes = Causes::<Tally>::default();
    let mut jobs = 0;
    fleet.sweep(|_, run| {
        let starts = run.starts().count() as u64;
        load.add_all(run.starts(), run.weight());
        for member in run.members {
            let (entry, weight) = (member.entry, u64::from(member.weight));
            let starts = starts * weight;
            jobs += weight;
            causes.add(entry, |tally, name| tally.add(name, weight, starts));
        }
    });
    let (first_minute, minutes) = by_minute(&load, window);
    Forecast {
        window,
        first_minute,
        total: minutes.iter().sum(),
        minutes,
        jobs,
        peaks: peaks(&mut fleet, &load),
        causes: causes.map(Tally::ranking),
        left_out: fleet.left_out,
        sample: fleet.sample(),
        work: fleet.work * 2,
    }
}

fn by_minute(load: &Load, window: Window) -> (Minute, Vec<u64>) {
    let first = Minute::of(window.from);
    let into = usize::try_from((window.from - first.start()).num_seconds()).unwrap_or_default();
    let (head, rest) = load
        .seconds()
        .split_at((60 - into).min(load.seconds().len()));
    let sum = |seconds: &[u32]| seconds.iter().copied().map(u64::from).sum();
    let minutes = std::iter::once(head).chain(rest.chunks(60));
    (first, minutes.map(sum).collect())
}

fn peaks(fleet: &mut Fleet<'_>, load: &Load) -> Vec<Peak> {
    let mut busiest = busiest(load);
    let seconds: Vec<i64> = busiest.iter().map(|(second, _)| *second).collect();
    let mut cadences = vec![HashMap::<Cadence, u64>::new(); seconds.len()];
    fleet.sweep(|group, run: Run<'_, '_>| {
        for (second, cadences) in seconds.iter().zip(&mut cadences) {
            if run.starts_at(*second) {
                *cadences.entry(group.beats.cadence()).or_default() += u64::from(run.weight());
            }
        }
    });
    busiest
        .drain(..)
        .zip(cadences)
        .map(|((second, starts), cadences)| {
            let mut cadences: Vec<_> = cadences.into_iter().collect();
            cadences
                .sort_unstable_by_key(|(cadence, starts)| (std::cmp::Reverse(*starts), *cadence));
            Peak {
                at: DateTime::from_timestamp(second, 0).unwrap_or_default(),
                starts: starts.into(),
                cadences,
            }
        })
        .collect()
}

/// The busiest seconds and their starts, in the order of [`Forecast::peaks`].
fn busiest(load: &Load) -> Vec<(i64, u32)> {
    let mut found: Vec<(i64, u32)> = Vec::with_capacity(PEAKS + 1);
    for (second, starts) in (load.from()..).zip(load.seconds().iter().copied()) {
        let least = found.get(PEAKS - 1).map_or(0, |(_, least)| *least);
        if starts > least {
            let place = found.partition_point(|(_, more)| *more >= starts);
            found.insert(place, (second, starts));
            found.truncate(PEAKS);
        }
    }
    found
}

impl Peak {
    /// In words: "12:00:00 UTC: 5,012 starts, 84 % hourly"; with the day, if `window` is longer than one.
    pub fn words(&self, window: Window) -> String {
        let format = if window.until - window.from > TimeDelta::days(1) {
            "%Y-%m-%d %H:%M:%S UTC"
        } else {
            "%H:%M:%S UTC"
        };
        let starts = match self.starts {
            1 => "1 start".to_owned(),
            starts => format!("{} starts", grouped(starts)),
        };
        let most = self.cadences.first().map(|(cadence, count)| {
            let percent = count * 100 / self.starts.max(1);
            let cadence = cadence.to_string();
            // Two numbers in a row would read as one.
            let of_them = cadence.starts_with(|first: char| first.is_ascii_digit());
            let of_them = if of_them { "of them " } else { "" };
            format!(", {percent} % {of_them}{cadence}")
        });
        let most = most.unwrap_or_default();
        format!("{}: {starts}{most}", self.at.format(format))
    }
}

/// `5012` as `5,012`.
fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}
