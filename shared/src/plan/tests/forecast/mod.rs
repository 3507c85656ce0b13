//! Forecasts against the plain enumeration of what each job owes, and the model of what-if against cases by hand.

mod examples;
mod properties;
mod quietest;
mod what_if;
mod work;

use chrono::{DateTime, Utc};
use serde_json::{Value, json};

use super::at;
use crate::domain::{Agenda, AgendaEntry, Exclusions, Job, JobId, JobRequest, UserId, Window};

/// When every agenda here is taken.
fn taken_at() -> DateTime<Utc> {
    at("2026-10-24T12:00:30Z")
}

/// Job number `number`, of one of a few users and hosts.
fn job(number: u32, schedule: &Value, more: &Value) -> Option<Job> {
    let mut request = json!({ "name": "n", "job_type": "echo", "schedule": schedule });
    let fields = request.as_object_mut().unwrap();
    fields.extend(more.as_object().unwrap().clone());
    let request: JobRequest = serde_json::from_value(request).unwrap();
    let user = UserId::new(&format!("user-{}", number % 3)).unwrap();
    let random = u128::from(number).wrapping_mul(0x9e37_79b9_7f4a_7c15_f39c_c060_5ced_c835);
    let job = request.into_job(JobId::from_random(random), user, taken_at());
    job.ok()
}

fn agenda<'a>(jobs: impl IntoIterator<Item = &'a Job>) -> Agenda {
    let target = |job: &Job| (job.user.as_str() == "user-1").then(|| "example.com".to_owned());
    let entries = jobs.into_iter();
    Agenda {
        taken_at: taken_at(),
        entries: entries
            .filter_map(|job| AgendaEntry::of(job, target(job), taken_at()))
            .collect(),
        is_whole: true,
    }
}

fn window(from: &str, until: &str) -> Window {
    Window::new(at(from), at(until)).unwrap()
}

/// What `job` owes within `window`, one fire time after the other.
fn owed(job: &Job, window: Window) -> Vec<DateTime<Utc>> {
    let owed = job.owed(Exclusions::none());
    owed.between(window.from, window.until).collect()
}
