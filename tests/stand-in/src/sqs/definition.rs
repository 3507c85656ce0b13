//! Making queues, asking about them, emptying and deleting them.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::{Value as Json, json};

use super::attributes::attributes;
use super::queue::{Queue, Settings};
use super::{Sqs, name_in};
use crate::refusal::Refusal;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(super) struct CreateQueue {
    queue_name: String,
    #[serde(default)]
    attributes: BTreeMap<String, String>,
    #[serde(default, rename = "tags")]
    _tags: Option<IgnoredAny>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(super) struct GetQueueUrl {
    queue_name: String,
    #[serde(default, rename = "QueueOwnerAWSAccountId")]
    _owner: Option<IgnoredAny>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(super) struct GetQueueAttributes {
    queue_url: String,
    #[serde(default)]
    attribute_names: Vec<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(super) struct SetQueueAttributes {
    queue_url: String,
    attributes: BTreeMap<String, String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(super) struct NamedQueue {
    queue_url: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(super) struct ListQueues {
    #[serde(default)]
    queue_name_prefix: String,
    #[serde(default, rename = "MaxResults")]
    _max_results: Option<IgnoredAny>,
}

fn check_name(name: &str) -> Result<(), Refusal> {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_".contains(&byte);
    if (1..=80).contains(&name.len()) && name.bytes().all(is_plain) {
        return Ok(());
    }
    Err(Refusal::new(
        "InvalidParameterValue",
        "Can only include alphanumeric characters, hyphens, or underscores. 1 to 80 in length",
    ))
}

impl Sqs {
    pub(super) fn create_queue(
        &mut self,
        now: DateTime<Utc>,
        request: CreateQueue,
    ) -> Result<Json, Refusal> {
        let name = request.queue_name;
        check_name(&name)?;
        let mut settings = Settings::default();
        settings.say(request.attributes)?;
        if let Some(present) = self.queues.get(&name) {
            if present.settings != settings {
                return Err(Refusal::new(
                    "QueueNameExists",
                    "A queue already exists with the same name and a different value for some attribute",
                ));
            }
        } else {
            self.queues
                .insert(name.clone(), Queue::new(name.clone(), settings, now));
            self.changed();
        }
        Ok(json!({ "QueueUrl": self.url(&name) }))
    }

    pub(super) fn get_queue_url(&self, request: &GetQueueUrl) -> Result<Json, Refusal> {
        let queue = self.queue(&request.queue_name)?;
        Ok(json!({ "QueueUrl": self.url(&queue.name) }))
    }

    pub(super) fn list_queues(&self, request: &ListQueues) -> Json {
        let names = self
            .queues
            .keys()
            .filter(|name| name.starts_with(&request.queue_name_prefix));
        json!({ "QueueUrls": names.map(|name| self.url(name)).collect::<Vec<_>>() })
    }

    pub(super) fn get_queue_attributes(
        &mut self,
        now: DateTime<Utc>,
        request: &GetQueueAttributes,
    ) -> Result<Json, Refusal> {
        self.expire(&request.queue_url, now)?;
        let queue = self.queue(&request.queue_url)?;
        let mut told = attributes(queue, now);
        let wanted = &request.attribute_names;
        if !wanted.iter().any(|name| name == "All") {
            told.retain(|name, _| wanted.contains(name));
        }
        Ok(json!({ "Attributes": told }))
    }

    pub(super) fn set_queue_attributes(
        &mut self,
        request: SetQueueAttributes,
    ) -> Result<Json, Refusal> {
        let queue = self.queue_mut(&request.queue_url)?;
        let mut settings = queue.settings.clone();
        settings.say(request.attributes)?;
        queue.settings = settings;
        self.changed();
        Ok(json!({}))
    }

    pub(super) fn purge_queue(&mut self, request: &NamedQueue) -> Result<Json, Refusal> {
        self.queue_mut(&request.queue_url)?.purge();
        self.changed();
        Ok(json!({}))
    }

    pub(super) fn delete_queue(&mut self, request: &NamedQueue) -> Result<Json, Refusal> {
        self.queue(&request.queue_url)?;
        self.queues.remove(name_in(&request.queue_url));
        self.changed();
        Ok(json!({}))
    }
}
