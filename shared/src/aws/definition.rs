//! The one definition of the tables and queues. The local set-up is made from it; the AWS template is compared with it
//! by a test. Neither can drift from the code.

/// The partition key of every table, a string.
pub const PARTITION_KEY: &str = "pk";
/// The sort key of every table, a string.
pub const SORT_KEY: &str = "sk";
/// The attribute, in epoch seconds, by which every table expires its items.
pub const TTL_ATTRIBUTE: &str = "expires_at";
/// The index that lists a user's jobs: keys only, so that it costs one unit per change and nothing per run.
pub const BY_USER: IndexDefinition = IndexDefinition {
    name: "by-user",
    partition_key: "g1pk",
    sort_key: "g1sk",
};

/// A global secondary index with string keys that projects keys only.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct IndexDefinition {
    /// Its name.
    pub name: &'static str,
    /// Its partition key.
    pub partition_key: &'static str,
    /// Its sort key.
    pub sort_key: &'static str,
}

/// A table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TableDefinition {
    /// Its name after the namespace.
    pub suffix: &'static str,
    /// Its indexes.
    pub indexes: &'static [IndexDefinition],
    /// Whether it is backed up continuously. What can be rebuilt, or is scratch, is not.
    pub point_in_time_recovery: bool,
}

/// Every table. Five, not one: their expiry, backup, warm throughput and access differ.
pub const TABLES: [TableDefinition; 5] = [
    TableDefinition {
        suffix: "jobs",
        indexes: &[BY_USER],
        point_in_time_recovery: true,
    },
    TableDefinition {
        suffix: "due",
        indexes: &[],
        point_in_time_recovery: false,
    },
    TableDefinition {
        suffix: "executions",
        indexes: &[],
        point_in_time_recovery: false,
    },
    // Calendars, plans, holds and the index of dead letters are nowhere else.
    TableDefinition {
        suffix: "control",
        indexes: &[],
        point_in_time_recovery: true,
    },
    // What was overwritten elsewhere is nowhere else.
    TableDefinition {
        suffix: "history",
        indexes: &[],
        point_in_time_recovery: true,
    },
];

/// A queue, with its dead-letter queue `<suffix>-dlq`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct QueueDefinition {
    /// Its name after the namespace.
    pub suffix: &'static str,
    /// How long a received message stays hidden, in seconds. At least the timeout of the function that reads it.
    pub visibility_seconds: u32,
    /// How often a message is handed over before it goes to the dead-letter queue. Retries are not counted here: they
    /// are messages of their own.
    pub max_receive_count: u32,
    /// How long a message is kept, in seconds.
    pub retention_seconds: u32,
}

impl QueueDefinition {
    const fn band(suffix: &'static str) -> Self {
        Self {
            suffix,
            visibility_seconds: 120,
            max_receive_count: 12,
            retention_seconds: 4 * 86_400,
        }
    }
}

/// How long a message in a dead-letter queue stays hidden while it is handled, in seconds.
pub const DLQ_VISIBILITY_SECONDS: u32 = 60;
/// How long a dead-letter queue keeps a message, in seconds.
pub const DLQ_RETENTION_SECONDS: u32 = 14 * 86_400;

/// Every queue.
pub const QUEUES: [QueueDefinition; 5] = [
    QueueDefinition::band("high"),
    QueueDefinition::band("normal"),
    QueueDefinition::band("low"),
    // Its reader cuts the visibility down to a heartbeat's lease as soon as it has a message.
    QueueDefinition {
        suffix: "long",
        visibility_seconds: 900,
        max_receive_count: 12,
        retention_seconds: 4 * 86_400,
    },
    QueueDefinition {
        suffix: "notifications",
        visibility_seconds: 60,
        max_receive_count: 5,
        retention_seconds: 4 * 86_400,
    },
];
