//! Values and laws: no async, no IO, no clock. Every function here takes the time it needs as an argument.

mod activity;
mod after;
mod agenda;
mod arn;
mod attempt;
mod audit;
pub mod calendar;
mod caller;
mod change;
mod cost;
mod dead_letter;
mod destination;
mod digest;
mod exclusions;
mod execution;
mod execution_id;
mod expected_version;
mod hold;
mod host_breaker;
mod ids;
mod instant;
mod invalid;
mod job;
mod job_request;
mod job_text;
mod lane;
mod mail_address;
mod message;
mod misfire;
mod notify;
mod order_id;
mod outcome;
mod output;
mod overlap;
mod owed;
mod per_band;
mod perimeter;
mod pressure;
mod priority;
pub mod pull;
mod queue;
mod reading;
mod reconciliation;
mod redrive;
mod retry;
pub mod schedule;
mod script;
mod secret;
mod sign;
mod slots;
mod spread;
mod tally;
mod term;
mod tier;
mod timeout;
mod timetable;
mod trace_context;
mod used;

pub use activity::Counted;
pub use after::{
    After, AfterCondition, AfterLimit, MAX_DEPENDENTS, MAX_GRAPH, MAX_UPSTREAMS,
    refused as refused_upstream,
};
pub use agenda::{Agenda, AgendaEntry};
pub use arn::{Arn, TARGET_PREFIX, out_of_reach};
pub use attempt::{AttemptError, AttemptTimes};
pub use audit::{AuditEntry, ContentHash, HISTORY_RETENTION, Subject};
pub use caller::{Caller, Reach, Role};
pub use change::{Action, Author, Change};
pub use cost::{Cost, DISPATCH, Paid, Prices, WORKER_GB};
pub use dead_letter::{DeadLetter, Discarded, LetterFilter, LetterStatus, Redriven};
pub use destination::Destination;
pub use digest::{Cleaned, Digest, Failure, JobDigest, Timed};
pub use exclusions::{CalendarVersion, CalendarVersions, Exclusions};
pub use execution::{Execution, ExecutionState, Reason, Stamp};
pub use execution_id::{ExecutionId, Occasion};
pub use expected_version::ExpectedVersion;
pub use hold::{
    HeldBy, HeldThing, Hold, HoldKind, HoldState, Holdable, LONGEST_HOLD, MAX_HOLDS,
    MAX_RELEASE_RATE, hold_note, release_rate,
};
pub use host_breaker::{HostBreaker, HostKey, HostState};
pub use ids::{ClaimToken, JobId, UserId, WorkerId};
pub use instant::{MINUTE, Minute, floor_second, next_second};
pub use invalid::Invalid;
pub use job::{Job, JobState, MAX_SKIPS, Pause};
pub use job_request::{
    JobRequest, MAX_PAYLOAD_BYTES, MisfireRequest, RetryRequest, http_url, job_name,
};
pub use job_text::JobText;
pub use lane::Lane;
pub use mail_address::is_mail_address;
pub use message::{DigestKey, DispatchMessage, MalformedMessage, NotificationMessage};
pub use misfire::{CatchUpWindow, GRACE, Misfire, MisfirePolicy};
pub use notify::{
    Channel, ChannelKey, EmailChannel, HookUrl, Notify, NotifyOn, SlackChannel, SnsChannel,
    WebhookChannel,
};
pub use order_id::{HoldId, RedriveId};
pub use outcome::Outcome;
pub use output::{
    Body, MAX_RESULT_BYTES, OUTPUT_BYTES_KEPT, Output, ResultKey, StoredResult, Whole,
};
pub use overlap::Overlap;
pub use owed::Owed;
pub use per_band::PerBand;
pub use perimeter::{Perimeter, TARGET_PORTS, TargetRefused};
pub use pressure::{Admissions, BandPressure, Breaker, Level, Pressure, Work};
pub use priority::{Band, Priority};
pub use queue::Queue;
pub use reading::{Root, read, refusal};
pub use reconciliation::{Reconciled, Reconciliation, Window};
pub use redrive::{BulkRedrive, MAX_RATE, RedriveState};
pub use retry::RetryPolicy;
pub use schedule::Schedule;
pub use script::{
    MAX_SCRIPT_ARGUMENT_BYTES, MAX_SCRIPT_ARGUMENTS, MAX_SCRIPT_INPUT_BYTES, ScriptCall, ScriptEnd,
    ScriptName, ScriptNetwork, ScriptReport,
};
pub use secret::{
    SecretName, SecretReference, SecretStore, SecretText, path_segment, secret_reference,
};
pub use sign::{Sign, signed_with};
pub use slots::{
    ConcurrencyKey, MAX_SLOTS, MaxConcurrency, RatePerMinute, Sharers, SlotKey, SlotLimits, Slots,
};
pub use spread::{Placing, Spread, SpreadSeconds};
pub use tally::{LiveBound, Tally, day};
pub use term::Term;
pub use tier::{Limits, Tier, Tiers};
pub use timeout::TimeoutSeconds;
pub use timetable::{MAX_RUNS, Timetable};
pub use trace_context::TraceContext;
pub use used::Used;
