//! What executions cost, as their owner sees it: what was metered, and what that comes to.

use punctual::domain::{Cost, JobId, Prices, Used, Window};
use punctual::port;
use punctual::usecase::{CostPart, CostedJob};
use serde::Serialize;
use utoipa::ToSchema;

use super::utc;

/// What an execution has used of AWS, as far as its workers could know.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Used)]
pub struct UsedView {
    /// Write request units of DynamoDB.
    write_units: u32,
    /// Read request units of DynamoDB; an eventually consistent read takes half of one.
    read_units: f64,
    /// Calls that are paid by the call: to queues, and to what else in AWS the job has called.
    requests: u32,
    /// For how long workers had it in hand. A function is paid once for all that it has in hand at a time.
    worker_ms: u64,
}

impl From<Used> for UsedView {
    fn from(used: Used) -> Self {
        Self {
            write_units: used.write_units,
            read_units: used.read_units(),
            requests: used.requests,
            worker_ms: used.worker_ms,
        }
    }
}

/// What a number of executions cost.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Cost)]
pub struct CostView {
    /// How many executions have a record.
    executions: u64,
    /// How many of these do not say what they used: they have not ended, or their record had no room for it. They are in
    /// no sum.
    unmetered: u64,
    used: UsedView,
    /// What that comes to in USD, at the prices of us-east-1: the most that it can be, as if each execution had been
    /// dispatched and carried out alone. Logs, kept records and what targets cost are not in it.
    usd: f64,
}

impl From<Cost> for CostView {
    fn from(cost: Cost) -> Self {
        // To a thousandth of a millionth: more digits say nothing.
        let usd = (cost.usd(&Prices::US_EAST_1) * 1e9).round() / 1e9;
        Self {
            executions: cost.executions,
            unmetered: cost.unmetered,
            used: cost.used.into(),
            usd,
        }
    }
}

/// What the executions of a job cost whose fire times lie in a stretch of time, or a part of them.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = JobCost)]
pub struct JobCostView {
    job_id: JobId,
    /// The first instant of the stretch.
    #[schema(format = DateTime)]
    since: String,
    /// The first instant after it.
    #[schema(format = DateTime)]
    until: String,
    cost: CostView,
    /// The `cursor` that continues the sum, if there were more than 1,000 executions: the parts are to be added up.
    #[schema(required)]
    next_cursor: Option<String>,
}

impl JobCostView {
    /// A part of the cost of `job`.
    pub fn of(job_id: JobId, window: Window, part: CostPart) -> Self {
        Self {
            job_id,
            since: utc(window.from),
            until: utc(window.until),
            cost: part.cost.into(),
            next_cursor: part.next.map(|next| next.to_string()),
        }
    }
}

/// One job of a user's, and what its executions cost.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = CostedJob)]
pub struct CostedJobView {
    job_id: JobId,
    name: String,
    cost: CostView,
    /// Whether the cost is that of all of the job's executions; if not, it is that of the first 1,000.
    is_whole: bool,
}

/// What some of a user's jobs cost.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = UserCost)]
pub struct UserCostView {
    /// The first instant of the stretch.
    #[schema(format = DateTime)]
    since: String,
    /// The first instant after it.
    #[schema(format = DateTime)]
    until: String,
    items: Vec<CostedJobView>,
    /// The sum of the items.
    total: CostView,
    /// The `cursor` that continues the list; null where it ends.
    #[schema(required)]
    next_cursor: Option<String>,
}

impl UserCostView {
    /// A part of what a user's jobs cost.
    pub fn of(window: Window, page: port::Page<CostedJob>) -> Self {
        let costs = page.items.iter().map(|item| item.cost);
        let total = costs.fold(Cost::default(), Cost::and);
        let items = page.items.into_iter().map(|item| CostedJobView {
            job_id: item.job.id,
            name: item.job.name,
            cost: item.cost.into(),
            is_whole: item.is_whole,
        });
        Self {
            since: utc(window.from),
            until: utc(window.until),
            items: items.collect(),
            total: total.into(),
            next_cursor: page.next,
        }
    }
}
