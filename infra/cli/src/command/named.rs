//! A job may be called by its id or by its name. A name that several jobs have is no job's.

use serde::Deserialize;
use serde_json::Value;

use crate::Failure;
use crate::api::{Api, Paging, list, read};
use crate::show::printable;

#[derive(Deserialize)]
struct Job {
    id: String,
    name: String,
}

const EVERY: Paging = Paging {
    limit: 1,
    all: true,
};

/// The id of the job that is called so: looked up only if it is a name.
///
/// # Errors
/// If none of the caller's jobs has the name, or several have.
pub async fn job_id(api: &Api, called: &str) -> Result<String, Failure> {
    if is_id(called) {
        return Ok(called.to_owned());
    }
    let mut ids = Vec::new();
    let each = |item: Value| {
        let job: Job = read(&item)?;
        if job.name == called {
            ids.push(job.id);
        }
        Ok(())
    };
    list(|| api.get(&["jobs"]), EVERY, each).await?;
    one(called, ids)
}

fn one(called: &str, mut ids: Vec<String>) -> Result<String, Failure> {
    let called = printable(called);
    match (ids.pop(), ids.len()) {
        (None, _) => Err(Failure::NotFound(format!(
            "none of your jobs is called `{called}`"
        ))),
        (Some(id), 0) => Ok(id),
        (Some(last), others) => Err(Failure::Usage(format!(
            "{} of your jobs are called `{called}`; say which by its id: {}, {last}",
            others + 1,
            ids.join(", ")
        ))),
    }
}

/// Whether it is a UUID as the API writes one.
pub fn is_id(text: &str) -> bool {
    text.len() == 36
        && text.bytes().enumerate().all(|(place, byte)| match place {
            8 | 13 | 18 | 23 => byte == b'-',
            _ => byte.is_ascii_hexdigit(),
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_is_told_from_a_name() {
        assert!(is_id("0b9a4c1e-6f7d-4f0e-9a51-2f5f3a1c7e10"));
        for name in [
            "",
            "daily report",
            "0b9a4c1e-6f7d-4f0e-9a51-2f5f3a1c7e1g",
            "0b9a4c1e",
        ] {
            assert!(!is_id(name), "{name}");
        }
    }

    #[test]
    fn a_name_that_several_jobs_have_is_refused_with_their_ids() {
        let ids = |ids: &[&str]| ids.iter().map(|id| (*id).to_owned()).collect::<Vec<_>>();
        assert_eq!(one("a", ids(&["1"])).unwrap(), "1");
        assert!(matches!(one("a", ids(&[])), Err(Failure::NotFound(_))));
        let several = one("a", ids(&["1", "2"])).unwrap_err();
        assert!(several.to_string().contains("1, 2"), "{several}");
    }
}
