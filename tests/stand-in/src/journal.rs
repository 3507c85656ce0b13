//! What makes the cloud outlive a kill: a log of the calls that changed something, with their instants. The cloud is a pure
//! machine, so that the same calls make the same cloud. A call is logged before its answer leaves; what a kill cuts off at
//! the end of the log was never acknowledged, and is dropped.

use std::fs::{File, OpenOptions};
use std::io::{self, BufReader, Read, Seek, SeekFrom, Write};
use std::path::Path;

use chrono::{DateTime, Utc};

use crate::cloud::{Answer, Cloud, Service};
use crate::s3::{ObjectAnswer, ObjectCall};

/// A cloud, and the log of what it has been called, if it has one.
#[derive(Debug)]
pub struct Journaled {
    cloud: Cloud,
    log: Option<File>,
}

/// The longest record: far longer than any call that is taken.
const MAX_RECORD_BYTES: u32 = 64 * 1_024 * 1_024;

/// What stands in a record for the kind of call.
const DYNAMO: u8 = 0;
const SQS: u8 = 1;
const OBJECT: u8 = 2;

impl Journaled {
    /// A cloud that is gone with its process.
    pub fn in_memory(cloud: Cloud) -> Self {
        Self { cloud, log: None }
    }

    /// The cloud whose log is at `path`, or `empty` if there is none yet.
    ///
    /// # Errors
    /// If the log cannot be read or written.
    pub fn open(empty: Cloud, path: &Path) -> io::Result<Self> {
        let mut cloud = empty;
        let mut log = OpenOptions::new()
            .read(true)
            .append(true)
            .create(true)
            .open(path)?;
        let mut whole = 0;
        let mut reader = BufReader::new(&log);
        while let Some(record) = next_record(&mut reader)? {
            replay(&mut cloud, &record)?;
            whole += 4 + record.len() as u64;
        }
        log.set_len(whole)?;
        log.seek(SeekFrom::End(0))?;
        Ok(Self {
            cloud,
            log: Some(log),
        })
    }

    /// The cloud, to look at.
    pub fn cloud(&self) -> &Cloud {
        &self.cloud
    }

    /// Carries out a call, and logs it if it changed anything.
    ///
    /// # Errors
    /// If it cannot be logged: it must then not be acknowledged.
    pub fn call(
        &mut self,
        now: DateTime<Utc>,
        service: Service,
        operation: &str,
        body: &[u8],
    ) -> io::Result<Answer> {
        let before = self.cloud.changes();
        let answer = self.cloud.call(now, service, operation, body);
        if self.cloud.changes() != before {
            let kind = match service {
                Service::DynamoDb => DYNAMO,
                Service::Sqs => SQS,
            };
            self.log(now, kind, operation, body)?;
        }
        Ok(answer)
    }

    /// Carries out a call to a bucket, and logs it if it changed anything.
    ///
    /// # Errors
    /// As [`Self::call`].
    pub fn call_object(
        &mut self,
        now: DateTime<Utc>,
        call: &ObjectCall,
    ) -> io::Result<ObjectAnswer> {
        let before = self.cloud.changes();
        let answer = self.cloud.buckets.call(call.clone());
        if self.cloud.changes() != before {
            self.log(now, OBJECT, "", &serde_json::to_vec(call)?)?;
        }
        Ok(answer)
    }

    /// One write of one record: a kill leaves a beginning of it, or all.
    fn log(
        &mut self,
        now: DateTime<Utc>,
        kind: u8,
        operation: &str,
        body: &[u8],
    ) -> io::Result<()> {
        let Some(log) = &mut self.log else {
            return Ok(());
        };
        let too_long = || io::Error::other("a call too long for the log");
        let nanos = now
            .timestamp_nanos_opt()
            .ok_or_else(|| io::Error::other("no such instant"))?;
        let length = 8 + 1 + 1 + operation.len() + body.len();
        let length = u32::try_from(length).map_err(|_| too_long())?;
        let operation_length = u8::try_from(operation.len()).map_err(|_| too_long())?;
        let mut record = Vec::with_capacity(4 + length as usize);
        record.extend(length.to_le_bytes());
        record.extend(nanos.to_le_bytes());
        record.extend([kind, operation_length]);
        record.extend(operation.as_bytes());
        record.extend(body);
        log.write_all(&record)
    }
}

/// The next whole record; `None` at the end, or where it was cut off.
fn next_record(reader: &mut impl Read) -> io::Result<Option<Vec<u8>>> {
    let mut length = [0; 4];
    if !fill(reader, &mut length)? {
        return Ok(None);
    }
    let length = u32::from_le_bytes(length);
    if length > MAX_RECORD_BYTES {
        return Err(io::Error::other("the log is not one of calls"));
    }
    let mut record = vec![0; length as usize];
    Ok(fill(reader, &mut record)?.then_some(record))
}

/// Whether there was enough to fill `buffer`.
fn fill(reader: &mut impl Read, buffer: &mut [u8]) -> io::Result<bool> {
    match reader.read_exact(buffer) {
        Ok(()) => Ok(true),
        Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => Ok(false),
        Err(error) => Err(error),
    }
}

fn replay(cloud: &mut Cloud, record: &[u8]) -> io::Result<()> {
    let unreadable = || io::Error::other("a record of the log cannot be read");
    let (nanos, rest) = record.split_first_chunk::<8>().ok_or_else(unreadable)?;
    let now = DateTime::from_timestamp_nanos(i64::from_le_bytes(*nanos));
    let (&[kind, length], rest) = rest.split_first_chunk::<2>().ok_or_else(unreadable)?;
    let (operation, body) = rest
        .split_at_checked(length.into())
        .ok_or_else(unreadable)?;
    let operation = std::str::from_utf8(operation).map_err(|_| unreadable())?;
    match kind {
        DYNAMO => drop(cloud.call(now, Service::DynamoDb, operation, body)),
        SQS => drop(cloud.call(now, Service::Sqs, operation, body)),
        OBJECT => drop(cloud.buckets.call(serde_json::from_slice(body)?)),
        _ => return Err(unreadable()),
    }
    Ok(())
}
