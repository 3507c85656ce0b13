//! Reads what a payload asks for and fills it in, under the claim and within the attempt's time: whatever the type of the
//! job, its handler is given plain text.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::domain::{Execution, ExecutionState, Invalid, Job, Reason, SecretName, SecretText};
use crate::jobtype::Registry;
use crate::jobtype::payload::{Facts, Given, Scrubber};
use crate::plan::Ended;
use crate::port::{Executions, PortResult, Secrets};
use crate::usecase::World;

/// Among how many of a job's latest executions its last success is looked for.
const LOOKED_THROUGH: usize = 25;

/// A payload for a handler.
pub(super) struct Filled {
    /// With plain text only.
    pub(super) payload: Value,
    /// Knows the secrets in it.
    pub(super) scrubber: Scrubber,
}

/// Fills the job's payload for an attempt, or says how the attempt ends without.
pub(super) async fn fill(
    world: &impl World,
    registry: &Registry,
    job: &Job,
    claimed: &Execution,
) -> Result<Filled, Ended> {
    let (job_type, payload) = (job.job_type.as_str(), &job.payload);
    let refused = |invalid: Invalid| rejected(Reason::Rejected, invalid.to_string());
    let needs = registry
        .needs(job_type, payload)
        .ok_or_else(|| unknown(job))?;
    let needs = needs.map_err(refused)?;
    let mut secrets = BTreeMap::new();
    for name in needs.secrets {
        let text = read(world, job, &name).await?;
        secrets.insert(name, text);
    }
    let last_result = if needs.last_result {
        last_result(world, claimed)
            .await
            .map_err(|_| Ended::Failed {
                reason: Reason::AttemptFailed,
                detail: "the job's last result could not be read".to_owned(),
                output: None,
            })?
    } else {
        Value::Null
    };
    let facts = Facts {
        execution: claimed.id,
        attempt: claimed.attempt,
        job_name: job.name.clone(),
        last_result,
    };
    let given = Given {
        facts: &facts,
        secrets: &secrets,
    };
    let payload = registry
        .fill(job_type, payload, &given)
        .ok_or_else(|| unknown(job))?;
    Ok(Filled {
        payload: payload.map_err(refused)?,
        scrubber: Scrubber::new(secrets.values()),
    })
}

async fn read(world: &impl World, job: &Job, name: &SecretName) -> Result<SecretText, Ended> {
    match world.secrets().secret(&job.user, name).await {
        Ok(Some(text)) => Ok(text),
        Ok(None) => Err(rejected(
            Reason::SecretMissing,
            format!("there is no secret {name}"),
        )),
        Err(error) => {
            // The port's words are not the owner's business, and never hold the secret.
            tracing::warn!(%error, secret = %name, job_id = %job.id, "a secret could not be read");
            Err(Ended::Failed {
                reason: Reason::SecretUnavailable,
                detail: format!("the secret {name} could not be read"),
                output: None,
            })
        }
    }
}

/// What the record of the job's latest success keeps of its output, or null.
async fn last_result(world: &impl World, claimed: &Execution) -> PortResult<Value> {
    let latest = world
        .store()
        .latest_executions(claimed.id.job, LOOKED_THROUGH)
        .await?;
    let mut succeeded = latest
        .into_iter()
        .filter(|execution| execution.state == ExecutionState::Succeeded);
    Ok(succeeded
        .next()
        .and_then(|execution| execution.output)
        .unwrap_or_default())
}

/// How an attempt of a job ends whose type is not in the registry.
pub(super) fn unknown(job: &Job) -> Ended {
    let detail = format!("this worker knows no job type {:?}", job.job_type);
    rejected(Reason::UnknownJobType, detail)
}

fn rejected(reason: Reason, detail: String) -> Ended {
    Ended::Rejected {
        reason,
        detail,
        output: None,
    }
}
