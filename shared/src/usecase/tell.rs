//! Tells a user how an execution ended. What is told is read when it is told; whom, too: a webhook that was mended since
//! gets the message.

use chrono::SecondsFormat;
use serde_json::{Value, json};

use super::World;
use crate::domain::{Execution, ExecutionId, Job};
use crate::port::{Executions, Jobs, PortResult};

/// A POST to make, and the answer to judge.
pub trait Webhook: Send + Sync {
    /// Posts `body` to `url` as JSON. `Err` is one line for a person.
    fn post(
        &self,
        url: &str,
        idempotency_key: &str,
        body: &Value,
    ) -> impl Future<Output = Result<(), String>> + Send;
}

/// What became of a notification.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Told {
    /// It was delivered.
    Delivered,
    /// There is nobody to tell any more.
    Nobody,
    /// It was not accepted; the queue will hand it over again, a few times.
    Refused(String),
}

/// Tells the owner of `id` how it ended.
///
/// # Errors
/// If a port fails.
pub async fn tell(world: &impl World, webhook: &impl Webhook, id: ExecutionId) -> PortResult<Told> {
    let (job, execution) =
        futures_util::try_join!(world.store().job(id.job), world.store().execution(id),)?;
    let (Some(job), Some(execution)) = (job, execution) else {
        return Ok(Told::Nobody);
    };
    let Some(notify) = &job.notify else {
        return Ok(Told::Nobody);
    };
    let body = notification(&job, &execution);
    match webhook
        .post(&notify.webhook_url, &id.to_string(), &body)
        .await
    {
        Ok(()) => Ok(Told::Delivered),
        Err(why) => Ok(Told::Refused(why)),
    }
}

fn notification(job: &Job, execution: &Execution) -> Value {
    let instant =
        |at: chrono::DateTime<chrono::Utc>| at.to_rfc3339_opts(SecondsFormat::AutoSi, true);
    json!({
        "event": execution.state,
        "job": { "id": job.id, "name": job.name, "job_type": job.job_type },
        "execution": {
            "id": execution.id,
            "fire_time": instant(execution.id.occasion.fire_time()),
            "state": execution.state,
            "reason": execution.reason,
            "attempt": execution.attempt,
            "errors": execution.errors,
            "finished_at": execution.finished_at.map(instant),
        },
    })
}
