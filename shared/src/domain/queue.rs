//! The queues by name. A function that several queues feed tells them apart by the last part of their ARN.

use super::Band;

/// A queue that a function reads.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Queue {
    /// Executions to carry out.
    Band(Band),
    /// Executions of a band that ended badly, and messages its queue gave up on.
    DeadLetters(Band),
    /// Users to be told.
    Notifications,
}

impl Queue {
    /// Every queue that a function reads.
    pub const ALL: [Self; 7] = [
        Self::Band(Band::High),
        Self::Band(Band::Normal),
        Self::Band(Band::Low),
        Self::DeadLetters(Band::High),
        Self::DeadLetters(Band::Normal),
        Self::DeadLetters(Band::Low),
        Self::Notifications,
    ];

    /// The name after the namespace: `normal`, `normal-dlq`, `notifications`.
    pub fn suffix(self) -> &'static str {
        match self {
            Self::Band(band) => band.name(),
            Self::DeadLetters(Band::High) => "high-dlq",
            Self::DeadLetters(Band::Normal) => "normal-dlq",
            Self::DeadLetters(Band::Low) => "low-dlq",
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
