//! What became of each job's run: who holds its claim, when it first started, whether its end is on record.

use crate::time::Micros;

#[derive(Clone, Copy, Debug, Default)]
struct Run {
    held_until: Option<Micros>,
    first_start: Option<Micros>,
    finished: bool,
    given_up: bool,
}

/// What a claim comes to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Claimed {
    /// It is won.
    Won,
    /// Somebody else holds it, until then.
    Held(Micros),
    /// The run has ended.
    Over,
}

/// All runs.
#[derive(Clone, Debug)]
pub struct Runs {
    all: Vec<Run>,
    open: usize,
    repeated: u64,
}

impl Runs {
    /// Of `count` jobs, none of which has run.
    pub fn of(count: usize) -> Self {
        Self {
            all: vec![Run::default(); count],
            open: count,
            repeated: 0,
        }
    }

    /// Claims a run at `now`, with a lease.
    pub fn claim(&mut self, job: u32, now: Micros, lease: Micros) -> Claimed {
        let run = &mut self.all[job as usize];
        if run.finished {
            return Claimed::Over;
        }
        match run.held_until {
            Some(until) if now < until => Claimed::Held(until),
            _ => {
                run.held_until = Some(now + lease);
                Claimed::Won
            }
        }
    }

    /// Starts a run that is claimed.
    pub fn start(&mut self, job: u32, now: Micros) {
        let run = &mut self.all[job as usize];
        if run.first_start.is_some() {
            self.repeated += 1;
        } else {
            run.first_start = Some(now);
        }
    }

    /// Records its end.
    pub fn finish(&mut self, job: u32) {
        let run = &mut self.all[job as usize];
        if !run.finished {
            run.finished = true;
            self.open -= usize::from(!run.given_up);
        }
    }

    /// Its message goes to the dead letters.
    pub fn give_up(&mut self, job: u32) {
        let run = &mut self.all[job as usize];
        if !run.finished && !run.given_up {
            run.given_up = true;
            self.open -= 1;
        }
    }

    /// How many have neither ended nor been given up.
    pub fn open(&self) -> usize {
        self.open
    }

    /// How many starts were not the first of their run: handlers that ran again.
    pub fn repeated(&self) -> u64 {
        self.repeated
    }

    /// How many were given up.
    pub fn given_up(&self) -> u64 {
        let given_up = self.all.iter().filter(|run| run.given_up && !run.finished);
        given_up.count() as u64
    }

    /// When each first started.
    pub fn first_starts(&self) -> impl Iterator<Item = Option<Micros>> {
        self.all.iter().map(|run| run.first_start)
    }
}
