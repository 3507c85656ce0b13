//! The metrics: each with its name, unit, kind, further dimension, who reports it, and what it says. Invariant: whatever
//! publishes, documents or watches a metric takes it from here, and a dimension's values are a closed list, for every
//! combination of them is paid for and kept as a metric of its own.

use crate::domain::{Execution, ExecutionState, Lane, Outcome};

/// The namespace of them all.
pub const NAMESPACE: &str = "Punctual";

/// The dimension that every metric has: which deployment.
pub const STAGE: &str = "Stage";

/// What a value counts, as CloudWatch spells it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unit {
    /// Things.
    Count,
    /// Time.
    Milliseconds,
    /// A level.
    None,
}

impl Unit {
    /// As CloudWatch spells it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Count => "Count",
            Self::Milliseconds => "Milliseconds",
            Self::None => "None",
        }
    }
}

/// How the values of a metric go together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// They are summed up.
    Counter,
    /// The latest counts.
    Gauge,
    /// Each counts by itself: percentiles are asked for.
    Distribution,
}

impl Kind {
    /// For the table of the documentation.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Counter => "counter",
            Self::Gauge => "gauge",
            Self::Distribution => "distribution",
        }
    }
}

/// A function of the system that reports.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Function {
    /// The HTTP API.
    Api,
    /// The minute tick.
    Scanner,
    /// Carries out executions, short and long.
    Worker,
    /// Takes note of dead letters and tells their owners.
    Dlq,
    /// Proves that everything planned is accounted for.
    Reconciler,
}

impl Function {
    /// Every function that reports.
    pub const ALL: [Self; 5] = [
        Self::Api,
        Self::Scanner,
        Self::Worker,
        Self::Dlq,
        Self::Reconciler,
    ];

    /// Its name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Api => "api",
            Self::Scanner => "scanner",
            Self::Worker => "worker",
            Self::Dlq => "dlq",
            Self::Reconciler => "reconciler",
        }
    }
}

/// Why an execution was skipped: as the API says what became of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Skip(Outcome);

impl Skip {
    /// Every reason.
    pub const ALL: [Self; 10] = [
        Self(Outcome::SkippedMisfire),
        Self(Outcome::SkippedOverlap),
        Self(Outcome::SkippedLimited),
        Self(Outcome::SkippedByUser),
        Self(Outcome::Excluded),
        Self(Outcome::UpstreamFailed),
        Self(Outcome::UpstreamNotFinished),
        Self(Outcome::Paused),
        Self(Outcome::Superseded),
        Self(Outcome::Canceled),
    ];

    /// Why it was skipped, if it was.
    pub fn of(execution: &Execution) -> Option<Self> {
        let outcome = Self(Outcome::of(execution));
        (execution.state == ExecutionState::Skipped && Self::ALL.contains(&outcome))
            .then_some(outcome)
    }

    /// Its name.
    pub fn name(self) -> &'static str {
        self.0.name()
    }
}

/// A dimension that some metrics have beside the stage.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Dimension {
    /// Which priorities, or the long attempts.
    Band,
    /// Why.
    Reason,
    /// Who reports.
    Function,
}

impl Dimension {
    /// Every one.
    pub const ALL: [Self; 3] = [Self::Band, Self::Reason, Self::Function];

    /// Its name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Band => "Band",
            Self::Reason => "Reason",
            Self::Function => "Function",
        }
    }

    /// Every value that it can have.
    pub fn values(self) -> Vec<&'static str> {
        match self {
            Self::Band => Lane::ALL.map(Lane::name).to_vec(),
            Self::Reason => Skip::ALL.map(Skip::name).to_vec(),
            Self::Function => Function::ALL.map(Function::name).to_vec(),
        }
    }
}

/// A metric's definition.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Definition {
    /// Its name.
    pub name: &'static str,
    /// What it counts.
    pub unit: Unit,
    /// How its values go together.
    pub kind: Kind,
    /// The dimension that it has beside the stage, if any.
    pub dimension: Option<Dimension>,
    /// Whether it is published without that dimension, too: percentiles of parts do not add up to one of the whole.
    pub also_whole: bool,
    /// Who reports it.
    pub functions: &'static [Function],
    /// What it says.
    pub help: &'static str,
}

impl Definition {
    /// The sets of dimensions under which it is published.
    pub fn dimension_sets(&self) -> Vec<Vec<&'static str>> {
        let mut sets = Vec::new();
        if self.dimension.is_none() || self.also_whole {
            sets.push(vec![STAGE]);
        }
        if let Some(dimension) = self.dimension {
            sets.push(vec![STAGE, dimension.name()]);
        }
        sets
    }
}

/// The first, if there is one.
fn first<T: Copy>(named: &[T]) -> Option<T> {
    named.first().copied()
}

macro_rules! catalogue {
    ($($(#[doc = $help:literal])+ $name:ident: $kind:ident of $unit:ident $(by $dimension:ident)? $(and $whole:ident)?,
        from $($function:ident)+;)+) => {
        /// A metric.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
        pub enum Metric {
            $($(#[doc = $help])+ $name,)+
        }

        impl Metric {
            /// Every metric.
            pub const ALL: &'static [Self] = &[$(Self::$name,)+];

            /// What it is.
            pub fn definition(self) -> Definition {
                match self {
                    $(Self::$name => Definition {
                        name: stringify!($name),
                        unit: Unit::$unit,
                        kind: Kind::$kind,
                        dimension: first(&[$(Dimension::$dimension)?]),
                        also_whole: first::<&str>(&[$(stringify!($whole))?]).is_some(),
                        functions: &[$(Function::$function),+],
                        help: concat!($($help),+).trim_ascii_start(),
                    },)+
                }
            }
        }
    };
}

catalogue! {
    /// Ticks that were brought to their end.
    TickSeen: Counter of Count, from Scanner;
    /// How far behind the scanner is: from the start of the oldest minute not known to be done to the tick's begin.
    /// Below zero while it scans ahead, as it should.
    SchedulerLag: Gauge of Milliseconds, from Scanner;
    /// Messages sent to workers by the tick, those of deferred work included.
    Dispatched: Counter of Count, from Scanner;
    /// Executions deferred: there was no capacity for them in the minute in which they were due, or they are shed.
    Deferred: Counter of Count, from Scanner;
    /// Those of the deferred whose priority is shed under pressure.
    Shed: Counter of Count, from Scanner;
    /// Deferred executions that were sent after all.
    Released: Counter of Count, from Scanner;
    /// Buckets that could not be scanned, and will be again.
    BucketFailures: Counter of Count, from Scanner;
    /// What is given up under pressure: 0 nothing, 1 priorities 8 to 10, 2 those from 4, 3 new jobs, too.
    PressureLevel: Gauge of None, from Scanner;
    /// Messages that are ready in the bands' queues and that no worker has taken.
    Backlog: Gauge of Count, from Scanner;
    /// From when an execution could have started to when its first attempt did.
    Lateness: Distribution of Milliseconds by Band and whole, from Worker;
    /// How long attempts ran.
    AttemptTime: Distribution of Milliseconds, from Worker;
    /// Attempts that were made.
    Started: Counter of Count, from Worker;
    /// Executions that did their work.
    Succeeded: Counter of Count, from Worker;
    /// Executions that failed for a reason that another attempt could not mend.
    Failed: Counter of Count, from Worker;
    /// Attempts that failed and are followed by another.
    Retried: Counter of Count, from Worker;
    /// Executions whose attempts were used up.
    Dead: Counter of Count, from Worker;
    /// Executions that were canceled while they ran, or before.
    Canceled: Counter of Count, from Worker;
    /// Executions that never ran.
    Skipped: Counter of Count by Reason, from Worker;
    /// Deliveries that found their execution ended or in other hands, and claims that were lost: copies,
    /// redeliveries, stalls.
    ClaimConflicts: Counter of Count, from Worker;
    /// Dead executions and messages that the dead-letter handler took note of.
    DeadLetters: Counter of Count, from Dlq;
    /// Notifications that their channel accepted.
    NotificationsSent: Counter of Count, from Dlq;
    /// Notifications that their channel did not accept; each is tried a few times.
    NotificationsFailed: Counter of Count, from Dlq;
    /// Messages that nothing here can read: kept, for a person to look at.
    Unreadable: Counter of Count, from Worker Dlq;
    /// Reconciliations that were brought to their end, whether or not anything had settled since the last.
    ReconcilerRan: Counter of Count, from Reconciler;
    /// Occurrences that were due and had left no trace; they are sent again.
    Missing: Counter of Count, from Reconciler;
    /// Executions whose next attempt was long overdue; they are sent again.
    Stalled: Counter of Count, from Reconciler;
    /// Chains of hints that had ended, and were started again.
    ChainsRepaired: Counter of Count, from Reconciler;
    /// Jobs that could not be proven, for what is stored of them cannot be read.
    Unproven: Counter of Count, from Reconciler;
    /// Requests answered.
    Requests: Counter of Count, from Api;
    /// Requests answered with 4xx.
    ClientErrors: Counter of Count, from Api;
    /// Requests answered with 5xx.
    ServerErrors: Counter of Count, from Api;
    /// How long requests took, from the function's view.
    RequestTime: Distribution of Milliseconds, from Api;
    /// What failed and is to be done again: an invocation, a message, or a part of a tick.
    HandlerErrors: Counter of Count by Function, from Api Scanner Worker Dlq Reconciler;
    /// Calls that a table or a queue throttled, each attempt at them counted.
    Throttles: Counter of Count by Function, from Api Scanner Worker Dlq Reconciler;
    /// Read capacity units that the tables say were consumed.
    ConsumedReadUnits: Counter of Count by Function, from Api Scanner Worker Dlq Reconciler;
    /// Write capacity units that the tables say were consumed.
    ConsumedWriteUnits: Counter of Count by Function, from Api Scanner Worker Dlq Reconciler;
}
