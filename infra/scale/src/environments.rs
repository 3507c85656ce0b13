//! Lambda's execution environments: idle ones are used again, new ones are made at a limited rate and start cold, and
//! all together are no more than the account may have.

use crate::bucket::TokenBucket;
use crate::platform::Lambda;
use crate::settings::Setup;
use crate::time::Micros;

/// The environments of the worker.
#[derive(Clone, Debug)]
pub struct Environments {
    idle: Vec<usize>,
    most: usize,
    new: TokenBucket,
    cold_start: Micros,
    /// Of each, from when on it knows the holds.
    knows_holds_from: Vec<Option<Micros>>,
}

/// An environment to run in.
#[derive(Clone, Copy, Debug)]
pub struct Taken {
    /// Which.
    pub environment: usize,
    /// How long it takes to start.
    pub starts_after: Micros,
}

impl Environments {
    /// None yet.
    pub fn new(lambda: &Lambda, setup: &Setup) -> Self {
        let most = setup
            .account_concurrency
            .saturating_sub(setup.reserved_concurrency);
        Self {
            idle: Vec::new(),
            most: usize::try_from(most).unwrap_or(usize::MAX),
            new: TokenBucket::new(lambda.environments_burst / 10.0, lambda.environments_burst),
            cold_start: lambda.cold_start,
            knows_holds_from: Vec::new(),
        }
    }

    /// Takes one. `Err`: none before then, or `None` if none before another is given back.
    ///
    /// # Errors
    /// When to try again.
    pub fn take(&mut self, now: Micros) -> Result<Taken, Option<Micros>> {
        if let Some(environment) = self.idle.pop() {
            let starts_after = 0;
            return Ok(Taken {
                environment,
                starts_after,
            });
        }
        if self.knows_holds_from.len() >= self.most {
            return Err(None);
        }
        if !self.new.take(1.0, now) {
            return Err(Some(self.new.one_from(now)));
        }
        self.knows_holds_from.push(None);
        Ok(Taken {
            environment: self.knows_holds_from.len() - 1,
            starts_after: self.cold_start,
        })
    }

    /// Gives it back.
    pub fn give_back(&mut self, environment: usize) {
        self.idle.push(environment);
    }

    /// How many there are.
    pub fn count(&self) -> usize {
        self.knows_holds_from.len()
    }

    /// From when on it has known the holds.
    pub fn knows_holds_from(&self, environment: usize) -> Option<Micros> {
        self.knows_holds_from[environment]
    }

    /// It will know the holds from then on.
    pub fn learns_holds(&mut self, environment: usize, from: Micros) {
        self.knows_holds_from[environment] = Some(from);
    }
}
