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
