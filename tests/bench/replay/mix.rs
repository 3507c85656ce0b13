//! An hour as people schedule it. The counts are those of a published sample: the 978 cron expressions of the GitHub
//! workflows in <https://github.com/researchapps/cron> (`data/crons.json` at 98b0a74; V. Sochat, 2021, MIT; the article is
//! <https://researchapps.github.io/cron/>). Each expression is taken as one job, and what fires between 00:00 and 00:59 UTC of
//! a Monday, the week's heaviest hour of these, is counted by its minute.

/// How many of the sample's jobs fire in each minute of the hour: 488 in all, 166 of them at midnight.
const FIRES: [u32; 60] = [
    166, 8, 5, 5, 5, 5, 6, 5, 5, 5, 6, 5, 7, 5, 5, 6, 5, 6, 6, 5, // :00 to :19
    6, 5, 5, 5, 6, 5, 5, 5, 6, 5, 12, 5, 5, 6, 5, 5, 6, 5, 5, 5, // :20 to :39
    5, 5, 6, 5, 5, 7, 5, 5, 6, 5, 5, 5, 5, 5, 6, 5, 5, 5, 5, 5, // :40 to :59
];

/// Minutes of the hour, and how many jobs fire in each.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mix(pub Vec<(u32, usize)>);

impl Mix {
    /// The whole hour, scaled to about `jobs` fire times.
    pub fn hour(jobs: usize) -> Self {
        let sampled: u32 = FIRES.iter().sum();
        let scaled = |fires: u32| jobs * fires as usize / sampled as usize;
        let minutes = (0..).zip(FIRES);
        Self(
            minutes
                .map(|(minute, fires)| (minute, scaled(fires)))
                .collect(),
        )
    }

    /// Its `count` busiest minutes, in the hour's order: the others are left out, and time is compressed by as much.
    pub fn busiest(mut self, count: usize) -> Self {
        self.0
            .sort_by_key(|(minute, jobs)| (std::cmp::Reverse(*jobs), *minute));
        self.0.truncate(count);
        self.0.sort_unstable();
        self
    }

    /// How many fire in all.
    pub fn jobs(&self) -> usize {
        self.0.iter().map(|(_, jobs)| jobs).sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_third_of_the_hour_fires_in_its_first_minute() {
        assert_eq!(FIRES.iter().sum::<u32>(), 488);
        let hour = Mix::hour(4_880);
        assert_eq!(hour.0.len(), 60);
        assert_eq!(hour.0[0], (0, 1_660));
        assert_eq!(hour.jobs(), 4_880);
    }

    #[test]
    fn the_busiest_minutes_stay_in_the_hours_order() {
        let minutes: Vec<_> = Mix::hour(4_880).busiest(4).0;
        let minutes: Vec<_> = minutes.into_iter().map(|(minute, _)| minute).collect();
        assert_eq!(minutes, [0, 1, 12, 30]);
    }
}
