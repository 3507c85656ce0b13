//! The queues by name. A function that several queues feed tells them apart by the last part of their ARN.

use super::{Band, Lane};

/// A queue that a function reads.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Queue {
    /// Executions to carry out.
    Work(Lane),
    /// Executions of a lane that ended badly, and messages its queue gave up on.
    DeadLetters(Lane),
    /// Users to be told.
    Notifications,
}

impl Queue {
    /// Every queue that a function reads.
    pub const ALL: [Self; 9] = [
        Self::Work(Lane::Band(Band::High)),
        Self::Work(Lane::Band(Band::Normal)),
        Self::Work(Lane::Band(Band::Low)),
        Self::Work(Lane::Long),
        Self::DeadLetters(Lane::Band(Band::High)),
        Self::DeadLetters(Lane::Band(Band::Normal)),
        Self::DeadLetters(Lane::Band(Band::Low)),
        Self::DeadLetters(Lane::Long),
        Self::Notifications,
    ];

    /// The name after the namespace: `normal`, `normal-dlq`, `notifications`.
    pub fn suffix(self) -> &'static str {
        match self {
            Self::Work(lane) => lane.name(),
            Self::DeadLetters(Lane::Band(Band::High)) => "high-dlq",
            Self::DeadLetters(Lane::Band(Band::Normal)) => "normal-dlq",
            Self::DeadLetters(Lane::Band(Band::Low)) => "low-dlq",
            Self::DeadLetters(Lane::Long) => "long-dlq",
            Self::Notifications => "notifications",
        }
    }

    /// The queue of `namespace` that an ARN or a URL ends in.
    pub fn of_address(namespace: &str, address: &str) -> Option<Self> {
        let name = address.rsplit([':', '/']).next()?;
        let suffix = name.strip_prefix(namespace)?.strip_prefix('-')?;
        Self::ALL.into_iter().find(|queue| queue.suffix() == suffix)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_queue_is_found_by_its_arn_and_by_its_url() {
        let namespace = "punctual-dev";
        for queue in Queue::ALL {
            let name = format!("{namespace}-{}", queue.suffix());
            let arn = format!("arn:aws:sqs:eu-west-1:123456789012:{name}");
            let url = format!("https://sqs.eu-west-1.amazonaws.com/123456789012/{name}");
            assert_eq!(Queue::of_address(namespace, &arn), Some(queue));
            assert_eq!(Queue::of_address(namespace, &url), Some(queue));
        }
    }

    #[test]
    fn another_namespaces_queue_is_not_ours() {
        for arn in [
            "arn:aws:sqs:eu-west-1:1:punctual-prod-normal",
            "arn:aws:sqs:eu-west-1:1:punctual-dev-other",
            "",
        ] {
            assert_eq!(Queue::of_address("punctual-dev", arn), None);
        }
    }
}
