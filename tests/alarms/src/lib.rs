//! Evaluates CloudWatch alarms as they stand in a CloudFormation template, minute by minute, on streams of metrics that a
//! test feeds. Invariant: what this cannot evaluate as AWS documents it is an error, never a guess; the few things that
//! AWS leaves open are named where they are decided.
//!
//! | module | what of CloudWatch | by |
//! |---|---|---|
//! | [`streams`], [`statistic`] | values of metrics, and what a period makes of them | |
//! | [`expression`] | metric math | [using-metric-math] |
//! | [`evaluation`] | M out of N, missing data | [alarms-and-missing-data] |
//! | [`rule`] | the rules of composite alarms | [PutCompositeAlarm] |
//! | [`watch`] | states over time, actions and their suppression | [alarm-suppression] |
//! | [`template`] | alarms, read from the template | |
//! | [`emf`] | log lines that metrics are taken from | [EMF] |
//!
//! [using-metric-math]: https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/using-metric-math.html
//! [alarms-and-missing-data]: https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarms-and-missing-data.html
//! [PutCompositeAlarm]: https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutCompositeAlarm.html
//! [alarm-suppression]: https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarm-suppression.html
//! [EMF]: https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html

pub mod alarm;
pub mod emf;
pub mod evaluation;
pub mod expression;
pub mod intrinsics;
pub mod rule;
pub mod statistic;
pub mod streams;
pub mod template;
pub mod watch;

/// Why something cannot be evaluated.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unsupported(pub String);

impl std::fmt::Display for Unsupported {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Unsupported {}

/// An error that says `what`.
pub(crate) fn unsupported<T>(what: impl Into<String>) -> Result<T, Unsupported> {
    Err(Unsupported(what.into()))
}
