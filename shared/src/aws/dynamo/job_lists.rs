//! Lists of a user's jobs, along the index of them: state by state, type by type, the newest first. The index has keys
//! only, and lags behind the rows; the rows decide. Invariant: what a request reads is bounded, whatever it finds.

use std::collections::HashMap;

use serde::{Deserialize, Serialize};

use super::super::{BY_USER, PARTITION_KEY};
use super::error::corrupt;
use super::item::{Item, text, text_of};
use super::jobs::{Rows, row_key, user_partition};
use super::{DynamoStore, cursor};
use crate::domain::{Job, JobId, JobState, JobText, UserId};
use crate::port::{FoundJobs, JobFilter, MAX_SEARCHED, Page, PortResult};

const LIST: &str = "dynamodb.Query jobs";

/// How many rows are looked at together while jobs are looked for by a text.
const CHUNK: usize = 100;

/// An entry of the index: its sort key, and the job.
type Entry = (String, JobId);

/// Where a list of jobs goes on: in which state, behind which entry of the index.
#[derive(Serialize, Deserialize)]
struct Position {
    state: JobState,
    after: Option<Entry>,
}

/// A walk along the entries that a filter lets pass.
struct Walk<'a> {
    filter: &'a JobFilter,
    states: Vec<JobState>,
    at: Position,
}

impl<'a> Walk<'a> {
    /// From where the cursor `from` points. `None`: it is not one of this list.
    fn begin(filter: &'a JobFilter, from: Option<&str>) -> Option<Self> {
        let states: Vec<_> = JobState::ALL
            .into_iter()
            .filter(|state| match filter.state {
                Some(wanted) => *state == wanted,
                None => *state != JobState::Canceled,
            })
            .collect();
        let at = match from {
            None => Position {
                state: *states.first()?,
                after: None,
            },
            Some(from) => {
                let at = cursor::decode::<Position>(from)?;
                states.contains(&at.state).then_some(at)?
            }
        };
        let walk = Self { filter, states, at };
        let prefix = walk.prefix();
        let is_ours = walk.at.after.as_ref().is_none_or(|(sort, id)| {
            sort.starts_with(&prefix) && sort.ends_with(&format!("#{id}"))
        });
        is_ours.then_some(walk)
    }

    /// What the sort keys begin with where the walk is.
    fn prefix(&self) -> String {
        let state = self.at.state.name();
        match &self.filter.job_type {
            Some(job_type) => format!("{state}#{job_type}#"),
            None => format!("{state}#"),
        }
    }

    /// Goes on behind `after`; where nothing is left of a state, with the next one. `false`: that was all.
    fn go_on(&mut self, after: Option<Entry>) -> bool {
        if after.is_none() {
            let states = self.states.iter().copied();
            let Some(later) = states.skip_while(|state| *state != self.at.state).nth(1) else {
                return false;
            };
            self.at.state = later;
        }
        self.at.after = after;
        true
    }

    fn admits(&self, job: &Job, user: &UserId) -> bool {
        let wanted = self.filter.job_type.as_ref();
        job.user == *user
            && self.states.contains(&job.state)
            && wanted.is_none_or(|wanted| *wanted == job.job_type)
    }
}

impl DynamoStore {
    /// A part of a user's jobs.
    pub(super) async fn listed_jobs(
        &self,
        user: &UserId,
        filter: &JobFilter,
        from: Option<&str>,
        limit: usize,
    ) -> PortResult<Option<Page<Job>>> {
        let Some(mut walk) = Walk::begin(filter, from) else {
            return Ok(None);
        };
        let mut ids: Vec<JobId> = Vec::new();
        let is_over = loop {
            let (entries, after) = self.entries(user, &walk, limit - ids.len()).await?;
            ids.extend(entries.into_iter().map(|(_, id)| id));
            if !walk.go_on(after) {
                break true;
            }
            if ids.len() >= limit {
                break false;
            }
        };
        self.page(user, &walk, &ids, is_over).await.map(Some)
    }

    /// A part of those of a user's jobs that `text` names.
    pub(super) async fn found_jobs(
        &self,
        user: &UserId,
        filter: &JobFilter,
        sought: &JobText,
        from: Option<&str>,
        limit: usize,
    ) -> PortResult<Option<FoundJobs>> {
        let Some(mut walk) = Walk::begin(filter, from) else {
            return Ok(None);
        };
        let mut found = Vec::new();
        let mut searched = 0;
        let is_over = 'walk: loop {
            let chunk = CHUNK.min(MAX_SEARCHED - searched);
            let (entries, after) = self.entries(user, &walk, chunk).await?;
            let ids: Vec<_> = entries.iter().map(|(_, id)| *id).collect();
            let rows = self.batch_get(&ids, Rows::WithoutPayload).await?;
            let named: Vec<_> = rows.iter().filter(|job| sought.names(job)).collect();
            for entry in entries {
                searched += 1;
                if named.iter().any(|job| job.id == entry.1) {
                    found.push(entry.1);
                }
                if found.len() == limit {
                    walk.at.after = Some(entry);
                    break 'walk false;
                }
            }
            if !walk.go_on(after) {
                break true;
            }
            if searched >= MAX_SEARCHED {
                break false;
            }
        };
        let page = self.page(user, &walk, &found, is_over).await?;
        Ok(Some(FoundJobs { page, searched }))
    }

    /// These jobs as they are now. What has left the filter since the index was read is left out.
    async fn page(
        &self,
        user: &UserId,
        walk: &Walk<'_>,
        ids: &[JobId],
        is_over: bool,
    ) -> PortResult<Page<Job>> {
        let rows = self.batch_get(ids, Rows::Whole).await?;
        let mut by_id: HashMap<JobId, Job> = rows.into_iter().map(|job| (job.id, job)).collect();
        let items = ids.iter().filter_map(|id| by_id.remove(id));
        Ok(Page {
            items: items.filter(|job| walk.admits(job, user)).collect(),
            next: (!is_over).then(|| cursor::encode(&walk.at)).flatten(),
        })
    }

    /// One page of the index from where the walk is, and where the state goes on behind it.
    async fn entries(
        &self,
        user: &UserId,
        walk: &Walk<'_>,
        limit: usize,
    ) -> PortResult<(Vec<Entry>, Option<Entry>)> {
        let start = walk.at.after.as_ref().map(|(sort, id)| {
            let mut start = row_key(*id);
            start.insert(BY_USER.partition_key.into(), text(user_partition(user)));
            start.insert(BY_USER.sort_key.into(), text(sort));
            start
        });
        let query = self
            .client
            .query()
            .table_name(&self.jobs)
            .index_name(BY_USER.name)
            .key_condition_expression("#user = :user AND begins_with(#sort, :prefix)")
            .expression_attribute_names("#user", BY_USER.partition_key)
            .expression_attribute_names("#sort", BY_USER.sort_key)
            .expression_attribute_values(":user", text(user_partition(user)))
            .expression_attribute_values(":prefix", text(walk.prefix()))
            .scan_index_forward(false)
            .limit(i32::try_from(limit).unwrap_or(i32::MAX))
            .set_exclusive_start_key(start);
        let answer = self.query(LIST, query).await?;
        let entries = answer
            .items()
            .iter()
            .map(entry)
            .collect::<PortResult<_>>()?;
        let after = answer.last_evaluated_key().map(entry).transpose()?;
        Ok((entries, after))
    }
}

fn entry(item: &Item) -> PortResult<Entry> {
    let id = text_of(item, PARTITION_KEY)
        .trim_start_matches("J#")
        .parse();
    let id = id.map_err(|error| corrupt(LIST, error))?;
    Ok((text_of(item, BY_USER.sort_key).to_owned(), id))
}
