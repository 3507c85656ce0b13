//! The workers of one band, as a queue that is served second by second: first come, first served, by as many places as the
//! event source has grown to, each for as long as a message takes on average. Starts are a quantity here, not things.

use std::collections::VecDeque;

use super::lateness::Waits;
use super::platform::{
    BATCH, EARLY, FIRST_INVOCATIONS, FORGETS_AFTER, MORE_INVOCATIONS, MOST_INVOCATIONS,
    WRITE_UNITS, WRITES_A_RUN,
};

/// Less than this many starts are none.
const NONE: f64 = 1e-6;

/// Starts that came together.
#[derive(Clone, Copy, Debug)]
pub(super) struct Cohort {
    /// When they came to the band.
    pub(super) at: i64,
    /// How many are left.
    pub(super) starts: f64,
    /// How long they had waited before, at the least and at the most.
    pub(super) waited: (f64, f64),
}

/// What the workers' invocations come to.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Invoked {
    pub(super) invocations: f64,
    pub(super) seconds: f64,
}

/// The workers of one band.
#[derive(Debug)]
pub(super) struct Workers {
    /// How many executions may be under way.
    places: f64,
    /// For how many seconds each takes its place.
    mean: f64,
    /// Since when there has been work, and when there last was.
    work: Option<(i64, i64)>,
    /// Places taken when the second begins.
    taken: f64,
    waiting: VecDeque<Cohort>,
    /// Since when somebody has had to wait.
    behind_since: Option<i64>,
    /// The longest that somebody always had to, in seconds.
    pub(super) longest_drain: f64,
    pub(super) invoked: Invoked,
}

impl Workers {
    pub(super) fn new(places: f64, mean: f64) -> Self {
        Self {
            places: places.max(1.0),
            mean: mean.max(0.001),
            work: None,
            taken: 0.0,
            waiting: VecDeque::new(),
            behind_since: None,
            longest_drain: 0.0,
            invoked: Invoked::default(),
        }
    }

    pub(super) fn come(&mut self, cohort: Cohort) {
        if cohort.starts > NONE {
            self.waiting.push_back(cohort);
        }
    }

    /// Whether nobody waits and no place is taken.
    pub(super) fn is_idle(&self) -> bool {
        self.waiting.is_empty() && self.taken < NONE
    }

    pub(super) fn waiting(&self) -> f64 {
        self.waiting.iter().map(|cohort| cohort.starts).sum()
    }

    /// Places that there are at `second`: the event source grows while there is work.
    fn open(&mut self, second: i64) -> f64 {
        let since = match self.work {
            Some((since, last)) if second - last <= FORGETS_AFTER => since,
            _ => second - EARLY,
        };
        self.work = Some((since, second));
        #[expect(clippy::cast_precision_loss, reason = "seconds of a month")]
        let grown = (second - since) as f64 * MORE_INVOCATIONS;
        let invocations = (FIRST_INVOCATIONS + grown).min(MOST_INVOCATIONS);
        (invocations * BATCH).min(self.places)
    }

    /// Serves those who wait for one second.
    pub(super) fn serve(&mut self, second: i64, waits: &mut Waits) {
        if self.waiting.is_empty() {
            self.taken = (self.taken * (1.0 - 1.0 / self.mean)).max(0.0);
            return;
        }
        let open = self.open(second);
        let rate = (open / self.mean).min(WRITE_UNITS / WRITES_A_RUN);
        let free = (open - self.taken).clamp(0.0, WRITE_UNITS / WRITES_A_RUN);
        let at_once = self.take(
            free,
            |cohort, _, _| {
                let waited = float(second - cohort.at);
                (waited, waited)
            },
            waits,
        );
        let then = self.take(
            rate,
            |cohort, before, after| {
                let waited = float(second - cohort.at);
                (waited + before / rate, waited + after / rate)
            },
            waits,
        );
        self.invoke(at_once, then);
        let is_behind = !self.waiting.is_empty();
        self.taken = if is_behind {
            open
        } else if self.mean <= 1.0 {
            (then - rate * (1.0 - self.mean)).max(0.0)
        } else {
            (self.taken * (1.0 - 1.0 / self.mean) + at_once + then).min(open)
        };
        let since = *self.behind_since.get_or_insert(second);
        if !is_behind {
            self.behind_since = None;
            self.longest_drain = self.longest_drain.max(float(second - since) + then / rate);
        }
    }

    /// Takes up to `most` of those who wait; `waited` says how long they have, of those between the one and the other.
    fn take(
        &mut self,
        most: f64,
        waited: impl Fn(&Cohort, f64, f64) -> (f64, f64),
        waits: &mut Waits,
    ) -> f64 {
        let mut taken = 0.0;
        while most - taken > NONE
            && let Some(cohort) = self.waiting.front_mut()
        {
            let starts = cohort.starts.min(most - taken);
            let (least, longest) = waited(cohort, taken, taken + starts);
            waits.add(starts, (least + cohort.waited.0, longest + cohort.waited.1));
            taken += starts;
            cohort.starts -= starts;
            if cohort.starts <= NONE {
                self.waiting.pop_front();
            }
        }
        taken
    }

    /// Those who had to wait come in full batches; of those who come to free places about five share an invocation, which
    /// has them half a second before they are due. So `make cost` meters few and many that are due at once.
    fn invoke(&mut self, at_once: f64, then: f64) {
        let few = at_once.min(1.0 + at_once / 5.0);
        let full = then / BATCH;
        self.invoked.invocations += few + full;
        self.invoked.seconds += few * (self.mean + 0.5) + full * self.mean;
    }
}

#[expect(clippy::cast_precision_loss, reason = "seconds of some months")]
fn float(seconds: i64) -> f64 {
    seconds as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Places enough, so that the event source alone decides how many there are.
    const MANY: f64 = 1e9;

    fn is_about(found: f64, expected: f64) -> bool {
        (found - expected).abs() < 1e-6
    }

    fn cohort(at: i64, starts: f64) -> Cohort {
        Cohort {
            at,
            starts,
            waited: (0.0, 0.0),
        }
    }

    #[test]
    fn who_waits_is_served_as_places_come_and_takes_them_for_as_long_as_is_said() {
        // There are 100 places in the first second, 150 in the second, 200 in the third; each that is free is taken at
        // once, and all of them are again as often in a second as `mean` goes into it. Of those at once a fifth, and one,
        // are invocations, half a second longer; of the others, a tenth.
        for (mean, starts, after_each, drain, invoked) in [
            (
                0.5,
                400.0,
                vec![(100.0, 100.0), (0.0, 0.0)],
                1.0 + 50.0 / 300.0,
                (57.0, 44.5),
            ),
            // 300 in the last second, of whom those of its second half still run: 400 could be served.
            (
                0.5,
                1_000.0,
                vec![(700.0, 100.0), (350.0, 150.0), (0.0, 100.0), (0.0, 0.0)],
                2.75,
                (123.0, 83.0),
            ),
            (1.0, 160.0, vec![(0.0, 60.0), (0.0, 0.0)], 0.6, (27.0, 37.5)),
            // A quarter of what runs ends with each second.
            (
                4.0,
                280.0,
                vec![
                    (155.0, 100.0),
                    (67.5, 150.0),
                    (0.0, 180.0),
                    (0.0, 135.0),
                    (0.0, 101.25),
                ],
                2.35,
                (51.0, 225.5),
            ),
            // The table takes the claims and ends of 2,000 a second.
            (
                0.001,
                5_000.0,
                vec![(2_900.0, 100.0), (850.0, 150.0), (0.0, 0.0)],
                2.4,
                (523.0, 22.023),
            ),
        ] {
            let (mut workers, mut waits) = (Workers::new(MANY, mean), Waits::default());
            workers.come(cohort(0, starts));
            for (second, (waiting, taken)) in (0..).zip(after_each) {
                workers.serve(second, &mut waits);
                let found = (workers.waiting(), workers.taken);
                assert!(
                    is_about(found.0, waiting) && is_about(found.1, taken),
                    "{starts} of {mean} s, second {second}: {found:?}"
                );
            }
            let Invoked {
                invocations,
                seconds,
            } = workers.invoked;
            assert!(is_about(workers.longest_drain, drain), "{workers:?}");
            assert!(is_about(waits.longest(), drain + 0.379), "{waits:?}");
            assert!(is_about(invocations, invoked.0), "{workers:?}");
            assert!(is_about(seconds, invoked.1), "{workers:?}");
        }
    }

    #[test]
    fn the_event_source_grows_while_there_is_work_and_begins_anew_after_a_minute_without() {
        let mut workers = Workers::new(MANY, 1.0);
        for (second, places) in [
            (0, 100.0),
            (1, 150.0),
            (61, 50.0 + 62.0 * 50.0),
            (122, 100.0),
            (182, 50.0 + 61.0 * 50.0),
            (242, 50.0 + 121.0 * 50.0),
            (302, 50.0 + 181.0 * 50.0),
            (362, 50.0 + 241.0 * 50.0),
            (422, 12_500.0),
        ] {
            assert!(
                is_about(workers.open(second), places),
                "{second}: {workers:?}"
            );
        }
        assert!(is_about(Workers::new(70.0, 1.0).open(0), 70.0));
    }

    #[test]
    fn of_free_places_no_more_are_taken_at_once_than_the_table_takes_claims() {
        let (mut workers, mut waits) = (Workers::new(MANY, 4.0), Waits::default());
        // There has been work for so long that there are as many places as there can be.
        workers.work = Some((-10_000, -1));
        workers.come(cohort(0, 5_000.0));
        workers.serve(0, &mut waits);
        assert!(is_about(workers.waiting(), 1_000.0), "{workers:?}");
    }

    #[test]
    fn what_was_waited_before_counts() {
        let (mut workers, mut waits) = (Workers::new(MANY, 0.5), Waits::default());
        workers.come(Cohort {
            waited: (30.0, 40.0),
            ..cohort(100, 10.0)
        });
        workers.serve(102, &mut waits);
        // From 32 s to 42 s, evenly; classes are coarse.
        let least = waits.quantile(0.01).unwrap();
        assert!((31.0..33.0).contains(&least), "{least}");
        assert!(is_about(waits.longest(), 42.0 + 0.379), "{waits:?}");
    }

    #[test]
    fn who_comes_second_waits_for_those_before() {
        let (mut workers, mut waits) = (Workers::new(MANY, 0.5), Waits::default());
        for starts in [60.0, 90.0, 100.0] {
            workers.come(cohort(0, starts));
        }
        workers.serve(0, &mut waits);
        // A hundred at once, and then 200 a second: fifty up to 0.25 s, and the others up to 0.75 s. Four in five have not
        // waited longer than 0.5 s, and are delivered.
        let p80 = waits.quantile(0.8).unwrap();
        assert!((0.52..0.58).contains(&p80), "{p80}");
    }

    #[test]
    fn each_herd_drains_by_itself() {
        let (mut workers, mut waits) = (Workers::new(MANY, 0.5), Waits::default());
        for second in [0, 1, 100, 101] {
            if second % 100 == 0 {
                workers.come(cohort(second, 400.0));
            }
            workers.serve(second, &mut waits);
            assert_eq!(workers.waiting.is_empty(), second % 100 == 1, "{second}");
        }
        assert!(
            is_about(workers.longest_drain, 1.0 + 50.0 / 300.0),
            "{workers:?}"
        );
    }

    #[test]
    fn workers_are_idle_when_nobody_waits_and_nothing_runs() {
        let workers = |waiting: f64, taken| {
            let mut workers = Workers::new(MANY, 1.0);
            workers.come(cohort(0, waiting));
            Workers { taken, ..workers }
        };
        for (waiting, taken, is_idle) in [
            (0.0, 0.0, true),
            (0.0, NONE / 2.0, true),
            (0.0, NONE, false),
            (0.0, 1.0, false),
            (1.0, 0.0, false),
            (1.0, 1.0, false),
        ] {
            assert_eq!(
                workers(waiting, taken).is_idle(),
                is_idle,
                "{waiting} {taken}"
            );
        }
    }
}
