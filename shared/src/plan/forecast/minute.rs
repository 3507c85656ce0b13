//! One minute, second by second, and whose starts they are.

use std::collections::HashMap;

use super::{BUDGET, Causes, Filter, LISTED, LeftOut, Sample, fleet};
use crate::domain::{Agenda, MINUTE, Minute, Window};

/// Starts at each second of a minute.
pub type Seconds = [u64; 60];

/// A user, a type or a target, second by second.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Series {
    /// Its name; nothing for all others together.
    pub key: Option<String>,
    /// What it starts.
    pub seconds: Seconds,
}

/// What starts within a minute.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MinuteLoad {
    /// Which.
    pub minute: Minute,
    /// All of it.
    pub seconds: Seconds,
    /// Who causes them: those with the most starts first, all others together last.
    pub causes: Causes<Vec<Series>>,
    /// What is not told.
    pub left_out: LeftOut,
    /// If it is an estimate: of which jobs.
    pub sample: Option<Sample>,
}

/// Looks at one minute of the jobs that `filter` lets through.
pub fn minute(agenda: &Agenda, filter: &Filter, minute: Minute) -> MinuteLoad {
    let window = Window {
        from: minute.start(),
        until: minute.start() + MINUTE,
    };
    let mut fleet = fleet(agenda, filter, window, BUDGET);
    let from = window.from.timestamp();
    let mut all = [0; 60];
    let mut causes = Causes::<Sums>::default();
    fleet.sweep(|_, run| {
        for second in run.starts() {
            let second = usize::try_from(second - from).ok();
            let Some(second) = second.filter(|second| *second < all.len()) else {
                continue;
            };
            for member in run.members {
                let (entry, weight) = (member.entry, u64::from(member.weight));
                all[second] += weight;
                causes.add(entry, |sums, name| sums.of(name)[second] += weight);
            }
        }
    });
    MinuteLoad {
        minute,
        seconds: all,
        causes: causes.map(Sums::series),
        left_out: fleet.left_out,
        sample: fleet.sample(),
    }
}

#[derive(Default)]
struct Sums<'a>(HashMap<&'a str, Box<Seconds>>);

impl<'a> Sums<'a> {
    fn of(&mut self, key: &'a str) -> &mut Seconds {
        self.0.entry(key).or_insert_with(|| Box::new([0; 60]))
    }

    fn series(self) -> Vec<Series> {
        let mut all: Vec<_> = self.0.into_iter().collect();
        let sum = |seconds: &Seconds| seconds.iter().sum::<u64>();
        all.sort_unstable_by_key(|(key, seconds)| (std::cmp::Reverse(sum(seconds)), *key));
        let rest = all.split_off(LISTED.min(all.len()));
        let named = all.into_iter().map(|(key, seconds)| Series {
            key: Some(key.to_owned()),
            seconds: *seconds,
        });
        let others = (!rest.is_empty()).then(|| {
            let mut seconds = [0; 60];
            for (_, theirs) in &rest {
                for (sum, theirs) in seconds.iter_mut().zip(theirs.iter()) {
                    *sum += theirs;
                }
            }
            Series { key: None, seconds }
        });
        named.chain(others).collect()
    }
}
