//! The agenda, in `control`: chunks under a key of their own for each agenda, and one head that says which is the present
//! one. The chunks are put first and the head last, so a reader sees one agenda whole, whatever is being written.

use std::time::Duration;

use aws_sdk_dynamodb::types::AttributeValue;
use chrono::serde::ts_milliseconds;
use chrono::{DateTime, SecondsFormat, TimeDelta, Utc};
use serde::{Deserialize, Serialize};

use super::super::PARTITION_KEY;
use super::DynamoStore;
use super::access::Condition;
use super::chunks::{Chunk, pack, unpack};
use super::error::corrupt;
use super::item::{Item, decode, encode, expire, key, number, text};
use crate::domain::{Agenda, AgendaEntry};
use crate::port::{Agendas, PortResult};

const GET: &str = "dynamodb.GetItem control";
const READ: &str = "dynamodb.Query control agenda";
const PUT: &str = "dynamodb.PutItem control agenda";

/// The partition of the head; of an agenda's chunks, with the instant when it was taken behind.
const AGENDA: &str = "AGENDA";
const HEAD: &str = "HEAD";
/// The attribute of the head by which the later one of two is told.
const TAKEN_AT: &str = "taken_at";
/// The attribute that holds a chunk.
const LINES: &str = "lines";

/// How long the next chunk waits: at 256 KB a second, three quarters of what a partition takes is left to all else that lies
/// in the table.
const PACE: Duration = Duration::from_secs(1);

/// Longer than one is of use: what has changed since would have to be read job by job.
const RETENTION: TimeDelta = TimeDelta::days(2);

/// Says which agenda is the present one.
#[derive(Serialize, Deserialize)]
struct Head {
    #[serde(with = "ts_milliseconds")]
    taken_at: DateTime<Utc>,
    /// How many chunks it has.
    chunks: usize,
    is_whole: bool,
}

fn head_key() -> Item {
    key(text(AGENDA), text(HEAD))
}

fn chunks_partition(taken_at: DateTime<Utc>) -> AttributeValue {
    let taken_at = taken_at.to_rfc3339_opts(SecondsFormat::Millis, true);
    text(format_args!("{AGENDA}#{taken_at}"))
}

impl DynamoStore {
    /// The chunks of the agenda taken then, in order, strongly consistent.
    async fn agenda_chunks(&self, taken_at: DateTime<Utc>) -> PortResult<Vec<Chunk>> {
        let mut chunks = Vec::new();
        let mut start = None;
        loop {
            let query = self
                .client
                .query()
                .table_name(&self.control)
                .consistent_read(true)
                .key_condition_expression("#key = :chunks")
                .expression_attribute_names("#key", PARTITION_KEY)
                .expression_attribute_values(":chunks", chunks_partition(taken_at))
                .set_exclusive_start_key(start);
            let answer = self.query(READ, query).await?;
            start = answer.last_evaluated_key;
            for mut item in answer.items.unwrap_or_default() {
                match item.remove(LINES) {
                    Some(AttributeValue::B(chunk)) => chunks.push(chunk),
                    _ => return Err(corrupt(READ, "a chunk holds no lines")),
                }
            }
            if start.is_none() {
                return Ok(chunks);
            }
        }
    }
}

impl Agendas for DynamoStore {
    async fn keep_agenda(&self, agenda: &Agenda) -> PortResult<()> {
        let taken_at = agenda.taken_at;
        let chunks = pack(&agenda.entries).map_err(|error| corrupt(PUT, error))?;
        let head = Head {
            taken_at,
            chunks: chunks.len(),
            is_whole: agenda.is_whole,
        };
        for (index, chunk) in chunks.into_iter().enumerate() {
            if index > 0 {
                tokio::time::sleep(PACE).await;
            }
            let mut item = key(chunks_partition(taken_at), text(format_args!("{index:04}")));
            item.insert(LINES.to_owned(), AttributeValue::B(chunk));
            expire(&mut item, taken_at + RETENTION);
            self.put_control(item).await?;
        }
        let mut item = encode(PUT, &head)?;
        item.extend(head_key());
        expire(&mut item, taken_at + RETENTION);
        let later = Condition::AbsentOrBelow(TAKEN_AT, number(taken_at.timestamp_millis()));
        self.put_if(PUT, &self.control, item, later).await?;
        Ok(())
    }

    async fn agenda_after(&self, known: Option<DateTime<Utc>>) -> PortResult<Option<Agenda>> {
        let item = self.get(GET, &self.control, head_key()).await?;
        let head: Option<Head> = item.map(|item| decode(GET, item)).transpose()?;
        let Some(head) = head.filter(|head| known.is_none_or(|known| head.taken_at > known)) else {
            return Ok(None);
        };
        let chunks = self.agenda_chunks(head.taken_at).await?;
        if chunks.len() != head.chunks {
            let reason = format!("{} chunks of {} are there", chunks.len(), head.chunks);
            return Err(corrupt(READ, reason));
        }
        // A hundred thousand lines take longer than others that are served meanwhile should have to wait.
        let unpacked = tokio::task::spawn_blocking(move || unpack_all(&chunks));
        let (entries, unreadable) = unpacked
            .await
            .map_err(|error| corrupt(READ, error))?
            .map_err(|error| corrupt(READ, error))?;
        if unreadable > 0 {
            tracing::warn!(
                unreadable,
                "the agenda has entries that nothing here can read"
            );
        }
        Ok(Some(Agenda {
            taken_at: head.taken_at,
            entries,
            is_whole: head.is_whole && unreadable == 0,
        }))
    }
}

fn unpack_all(chunks: &[Chunk]) -> std::io::Result<(Vec<AgendaEntry>, usize)> {
    let (mut entries, mut unreadable) = (Vec::new(), 0);
    for chunk in chunks {
        let (more, unread) = unpack(chunk)?;
        entries.extend(more);
        unreadable += unread;
    }
    Ok((entries, unreadable))
}
