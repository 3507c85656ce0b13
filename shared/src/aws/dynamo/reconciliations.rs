//! Reconciliation's memory: where it goes on under one key, its reports by time under others.

use chrono::{SecondsFormat, TimeDelta};
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::super::{PARTITION_KEY, SORT_KEY};
use super::error::corrupt;
use super::item::{Item, expire, key, text, text_of};
use super::{DynamoStore, cursor};
use crate::domain::{Reconciled, Reconciliation};
use crate::port::{Page, PortResult, Reconciliations};

const GET: &str = "dynamodb.GetItem control";
const PUT: &str = "dynamodb.PutItem control";
const LIST: &str = "dynamodb.Query control";

const PARTITION: &str = "RECONCILIATION";
/// The sort key of how far it has come; it sorts behind every report's.
const STATE: &str = "STATE";
/// What the sort keys of reports begin with.
const REPORT_PREFIX: &str = "R#";
/// The attribute that holds a report, or how far it has come, as JSON text.
const BODY: &str = "body";

const REPORT_RETENTION: TimeDelta = TimeDelta::days(30);

fn report_key(sort: &str) -> Item {
    key(text(PARTITION), text(sort))
}

fn with_body(mut item: Item, body: &impl Serialize) -> PortResult<Item> {
    let body = serde_json::to_string(body).map_err(|error| corrupt(PUT, error))?;
    item.insert(BODY.to_owned(), text(body));
    Ok(item)
}

fn body<T: DeserializeOwned>(operation: &'static str, item: &Item) -> PortResult<T> {
    serde_json::from_str(text_of(item, BODY)).map_err(|error| corrupt(operation, error))
}

impl Reconciliations for DynamoStore {
    async fn reconciled(&self) -> PortResult<Option<Reconciled>> {
        let item = self.get(GET, &self.control, report_key(STATE)).await?;
        item.map(|item| body(GET, &item)).transpose()
    }

    async fn keep_reconciled(&self, reconciled: &Reconciled) -> PortResult<()> {
        self.put_control(with_body(report_key(STATE), reconciled)?)
            .await
    }

    async fn record_reconciliation(&self, report: &Reconciliation) -> PortResult<()> {
        let began_at = report.began_at.to_rfc3339_opts(SecondsFormat::Millis, true);
        let mut item = with_body(report_key(&format!("{REPORT_PREFIX}{began_at}")), report)?;
        expire(&mut item, report.began_at + REPORT_RETENTION);
        self.put_control(item).await
    }

    async fn list_reconciliations(
        &self,
        from: Option<&str>,
        limit: usize,
    ) -> PortResult<Option<Page<Reconciliation>>> {
        let start = match from.map(cursor::decode::<String>) {
            None => None,
            Some(Some(sort)) if sort.starts_with(REPORT_PREFIX) => Some(report_key(&sort)),
            Some(_) => return Ok(None),
        };
        let query = self
            .client
            .query()
            .table_name(&self.control)
            .key_condition_expression("#key = :reports AND begins_with(#sort, :prefix)")
            .expression_attribute_names("#key", PARTITION_KEY)
            .expression_attribute_names("#sort", SORT_KEY)
            .expression_attribute_values(":reports", text(PARTITION))
            .expression_attribute_values(":prefix", text(REPORT_PREFIX))
            .scan_index_forward(false)
            .limit(i32::try_from(limit).unwrap_or(i32::MAX))
            .set_exclusive_start_key(start);
        let answer = self.query(LIST, query).await?;
        let items = answer.items().iter().map(|item| body(LIST, item));
        let next = answer.last_evaluated_key();
        Ok(Some(Page {
            items: items.collect::<PortResult<_>>()?,
            next: next.and_then(|last| cursor::encode(&text_of(last, SORT_KEY))),
        }))
    }
}
