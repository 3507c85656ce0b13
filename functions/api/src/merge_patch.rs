//! A partial change of a job, as a JSON merge patch (RFC 7396): `null` removes, objects merge, all else replaces. The
//! one exception: a schedule merges only into one of its own kind, because the fields of two kinds exclude each other.

use chrono::{DateTime, Utc};
use punctual::domain::{
    AfterCondition, AfterLimit, Invalid, JobId, JobRequest, MisfirePolicy, MisfireRequest, Notify,
    Overlap, Placing, Priority, RetryRequest, Root, SpreadSeconds, TimeoutSeconds, job_name, read,
};
use serde::Deserialize;
use serde_json::{Map, Value};
use utoipa::ToSchema;

/// Parts of a job, for the document. What a patch makes of the job is judged whole, as in a replace.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[expect(
    dead_code,
    reason = "only its shape is used: a patch is merged first, and read then"
)]
#[schema(examples(json!({ "priority": 1, "schedule": { "kind": "every", "seconds": 3600 } })))]
pub struct JobPatch {
    #[schema(required = false, schema_with = job_name)]
    name: String,
    #[schema(required = false, example = "http")]
    job_type: String,
    #[schema(required = false)]
    payload: Value,
    /// Merges into one of its own kind; replaces one of another kind.
    #[schema(required = false)]
    schedule: Map<String, Value>,
    #[schema(max_items = 20)]
    after: Option<Vec<JobId>>,
    after_condition: Option<AfterCondition>,
    after_limit_seconds: Option<AfterLimit>,
    starts_at: Option<DateTime<Utc>>,
    ends_at: Option<DateTime<Utc>>,
    #[schema(minimum = 1, maximum = 10_000)]
    max_runs: Option<u32>,
    spread_seconds: Option<SpreadSeconds>,
    spread: Option<Placing>,
    overlap: Option<Overlap>,
    priority: Option<Priority>,
    misfire: Option<MisfireRequest>,
    retry: Option<RetryRequest>,
    timeout_seconds: Option<TimeoutSeconds>,
    #[schema(minimum = 1, maximum = 100)]
    pause_after_failures: Option<u32>,
    #[schema(value_type = Option<Object>)]
    notify: Option<Notify>,
}

/// What is asked for once `patch` is merged into `current`.
///
/// # Errors
/// [`Invalid`] names the field that makes the result unacceptable.
pub fn patched(current: JobRequest, patch: &Map<String, Value>) -> Result<JobRequest, Invalid> {
    let current = if patch.contains_key("schedule") {
        with_default_undecided(current)
    } else {
        current
    };
    let mut target =
        serde_json::to_value(current).map_err(|error| Invalid::new("body", error.to_string()))?;
    let mut patch = patch.clone();
    if let (Some(present), Some(asked)) = (target.get_mut("schedule"), patch.get_mut("schedule")) {
        settle_kind(present, asked);
    }
    merge(&mut target, Value::Object(patch));
    read(Root::Body, &target)
}

/// A stored policy is always spelt out, but only one that the user chose lets a one-time job lie in the past. Where the
/// schedule is changed and the policy is not, the default counts as not chosen.
pub fn with_default_undecided(current: JobRequest) -> JobRequest {
    let policy = current.misfire.policy;
    JobRequest {
        misfire: MisfireRequest {
            policy: policy.filter(|policy| *policy != MisfirePolicy::default()),
            ..current.misfire
        },
        ..current
    }
}

/// Takes out of `present` what excludes `asked`: all of it, where `asked` is of another kind; the instant of a one-time
/// schedule, where `asked` gives a local time. A schedule that names no kind is of the present one.
fn settle_kind(present: &mut Value, asked: &mut Value) {
    let (Some(from), Some(to)) = (present.as_object_mut(), asked.as_object_mut()) else {
        return;
    };
    let Some(kind) = from.get("kind").cloned() else {
        return;
    };
    if *to.entry("kind").or_insert_with(|| kind.clone()) != kind {
        from.clear();
    } else if to.contains_key("local") {
        from.remove("at");
    }
}

fn merge(target: &mut Value, patch: Value) {
    let Value::Object(patch) = patch else {
        *target = patch;
        return;
    };
    if !target.is_object() {
        *target = Value::Object(Map::new());
    }
    let Value::Object(target) = target else {
        return;
    };
    for (key, value) in patch {
        if value.is_null() {
            target.remove(&key);
        } else {
            merge(target.entry(key).or_insert(Value::Null), value);
        }
    }
}
