//! A little of S3: buckets, and small objects in them.

use std::collections::BTreeMap;

/// An object.
#[derive(Clone, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Object {
    /// Its bytes.
    pub bytes: Vec<u8>,
    /// The headers that it was put with and is got with: its type, its disposition.
    pub headers: Vec<(String, String)>,
}

/// What a call asks for.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub enum ObjectCall {
    /// Makes a bucket.
    CreateBucket(String),
    /// Puts an object.
    Put(String, String, Object),
    /// Gets an object.
    Get(String, String),
    /// Deletes an object.
    Delete(String, String),
}

/// What it is answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ObjectAnswer {
    /// Done.
    Done,
    /// The object.
    Object(Object),
    /// There is no such bucket.
    NoSuchBucket,
    /// There is no such object.
    NoSuchKey,
}

/// Every bucket.
#[derive(Clone, Debug, Default)]
pub struct Buckets {
    buckets: BTreeMap<String, BTreeMap<String, Object>>,
    changes: u64,
}

impl Buckets {
    /// Carries out one call.
    pub fn call(&mut self, call: ObjectCall) -> ObjectAnswer {
        let (bucket, key, put) = match call {
            ObjectCall::CreateBucket(bucket) => {
                self.buckets.entry(bucket).or_default();
                self.changes += 1;
                return ObjectAnswer::Done;
            }
            ObjectCall::Get(bucket, key) => {
                let Some(objects) = self.buckets.get(&bucket) else {
                    return ObjectAnswer::NoSuchBucket;
                };
                return match objects.get(&key) {
                    Some(object) => ObjectAnswer::Object(object.clone()),
                    None => ObjectAnswer::NoSuchKey,
                };
            }
            ObjectCall::Put(bucket, key, object) => (bucket, key, Some(object)),
            ObjectCall::Delete(bucket, key) => (bucket, key, None),
        };
        let Some(objects) = self.buckets.get_mut(&bucket) else {
            return ObjectAnswer::NoSuchBucket;
        };
        match put {
            Some(object) => objects.insert(key, object),
            None => objects.remove(&key),
        };
        self.changes += 1;
        ObjectAnswer::Done
    }

    pub(crate) fn changes(&self) -> u64 {
        self.changes
    }
}
