//! What a use case works through: the ports, put together where the process begins.

use crate::port::{
    Activity, Agendas, Batches, Bookmarks, Calendars, Clock, DeadLetters, Deferred, Edges, Entropy,
    Executions, Gauges, Hints, History, Holds, HostBreakers, Jobs, Locks, NoActivity, NoResults,
    NoSecrets, Notices, Offers, PullWorkers, Queues, Quotas, Reconciliations, Redrives, Results,
    RunRequests, ScanProgress, Secrets, SlotTable, Terms, Unreadable,
};

/// `Store`: all of these traits, each named once.
macro_rules! store {
    ($($table:ident)+) => {
        /// The tables together.
        pub trait Store: $($table +)+ {}
        impl<T: $($table +)+> Store for T {}
    };
}

store! {
    Jobs
    Edges
    Hints
    Deferred
    Holds
    Gauges
    Executions
    Locks
    SlotTable
    HostBreakers
    Offers
    PullWorkers
    Calendars
    ScanProgress
    Terms
    RunRequests
    Batches
    Quotas
    Unreadable
    History
    Reconciliations
    DeadLetters
    Redrives
    Notices
    Bookmarks
    Agendas
}

/// The ports a use case works through.
pub struct Ports<S, Q, C, E, K = NoSecrets, R = NoResults, A = NoActivity> {
    /// The tables.
    pub store: S,
    /// The queues.
    pub queues: Q,
    /// The clock.
    pub clock: C,
    /// Chance.
    pub entropy: E,
    /// Secrets, for who makes attempts and who tells.
    pub secrets: K,
    /// Large results, for who makes attempts and who shows them.
    pub results: R,
    /// What the functions have reported, for who shows it.
    pub activity: A,
}

impl<S, Q, C, E, K, R, A> Ports<S, Q, C, E, K, R, A> {
    /// The same ports with other secrets.
    #[must_use]
    pub fn with_secrets<L>(self, secrets: L) -> Ports<S, Q, C, E, L, R, A> {
        Ports {
            store: self.store,
            queues: self.queues,
            clock: self.clock,
            entropy: self.entropy,
            secrets,
            results: self.results,
            activity: self.activity,
        }
    }

    /// The same ports with another place for results.
    #[must_use]
    pub fn with_results<T>(self, results: T) -> Ports<S, Q, C, E, K, T, A> {
        Ports {
            store: self.store,
            queues: self.queues,
            clock: self.clock,
            entropy: self.entropy,
            secrets: self.secrets,
            results,
            activity: self.activity,
        }
    }

    /// The same ports with another place where reports are read back.
    #[must_use]
    pub fn with_activity<T>(self, activity: T) -> Ports<S, Q, C, E, K, R, T> {
        Ports {
            store: self.store,
            queues: self.queues,
            clock: self.clock,
            entropy: self.entropy,
            secrets: self.secrets,
            results: self.results,
            activity,
        }
    }
}

/// [`Ports`] seen through one name, so that a use case need not spell its parts.
pub trait World: Send + Sync {
    /// The tables.
    fn store(&self) -> &impl Store;
    /// The queues.
    fn queues(&self) -> &impl Queues;
    /// The clock.
    fn clock(&self) -> &impl Clock;
    /// Chance.
    fn entropy(&self) -> &impl Entropy;
    /// Secrets.
    fn secrets(&self) -> &impl Secrets;
    /// Large results.
    fn results(&self) -> &impl Results;
    /// What the functions have reported.
    fn activity(&self) -> &impl Activity;
}

impl<S, Q, C, E, K, R, A> World for Ports<S, Q, C, E, K, R, A>
where
    S: Store,
    Q: Queues,
    C: Clock,
    E: Entropy,
    K: Secrets,
    R: Results,
    A: Activity,
{
    fn store(&self) -> &impl Store {
        &self.store
    }
    fn queues(&self) -> &impl Queues {
        &self.queues
    }
    fn clock(&self) -> &impl Clock {
        &self.clock
    }
    fn entropy(&self) -> &impl Entropy {
        &self.entropy
    }
    fn secrets(&self) -> &impl Secrets {
        &self.secrets
    }
    fn results(&self) -> &impl Results {
        &self.results
    }
    fn activity(&self) -> &impl Activity {
        &self.activity
    }
}
