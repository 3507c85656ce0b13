//! What the shared model refuses, under the name by which the brief's user gave it.

use punctual::domain::Invalid;
use punctual::usecase::RequestError;

/// The same refusal, its field renamed.
pub fn in_the_briefs_names(error: RequestError) -> RequestError {
    match error {
        RequestError::Invalid(invalid) => RequestError::Invalid(renamed(invalid)),
        other => other,
    }
}

/// The same refusal, its field renamed.
pub fn renamed(Invalid { field, reason }: Invalid) -> Invalid {
    match field.as_str() {
        "name" => Invalid::new("job_name", reason),
        "schedule.timezone" => Invalid::new("timezone", reason),
        // The model's advice is to set a field that this face does not have.
        "schedule.at" | "schedule.local" if reason.starts_with("lies ") => {
            Invalid::new("job_schedule", "lies in the past")
        }
        part if part == "schedule" || part.starts_with("schedule.") => {
            Invalid::new("job_schedule", reason)
        }
        _ => Invalid { field, reason },
    }
}
