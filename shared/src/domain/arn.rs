//! Names of resources on AWS, and which of them a job may reach. By Punctual's own permissions that is only what was
//! made to be reached: whoever may have jobs could otherwise read or write Punctual's tables and queues through them.

use std::fmt;

/// What names begin with that a job may reach without a role of its user's.
pub const TARGET_PREFIX: &str = "punctual-target-";

/// What names begin with that are Punctual's own, but for [`TARGET_PREFIX`].
const OWN_PREFIX: &str = "punctual-";

/// `arn:partition:service:region:account:resource`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Arn {
    /// `aws`, `aws-cn`, `aws-us-gov`.
    pub partition: String,
    /// Empty for what is in no region.
    pub region: String,
    /// Twelve digits.
    pub account: String,
    /// What follows, `function:name`.
    pub resource: String,
    service: String,
}

impl Arn {
    /// Reads an ARN of `service`. The parts that become parts of addresses have nothing in them but letters, digits and
    /// hyphens.
    pub fn parse(text: &str, service: &str) -> Option<Self> {
        let mut parts = text.splitn(6, ':');
        let mut part = || parts.next();
        let ("arn", partition) = (part()?, part()?) else {
            return None;
        };
        let arn = Self {
            partition: partition.to_owned(),
            service: part()?.to_owned(),
            region: part()?.to_owned(),
            account: part()?.to_owned(),
            resource: part()?.to_owned(),
        };
        let is_plain = |text: &str| {
            text.len() <= 32
                && text
                    .bytes()
                    .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-')
        };
        let acceptable = (arn.partition == "aws" || arn.partition.starts_with("aws-"))
            && is_plain(&arn.partition)
            && is_plain(&arn.region)
            && arn.region.is_empty() == (service == "iam")
            && arn.service == service
            && arn.account.len() == 12
            && arn.account.bytes().all(|byte| byte.is_ascii_digit());
        acceptable.then_some(arn)
    }
}

impl fmt::Display for Arn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            partition,
            service,
            region,
            account,
            resource,
        } = self;
        write!(f, "arn:{partition}:{service}:{region}:{account}:{resource}")
    }
}

/// Why a job may not reach what is called `name`, if it may not.
pub fn out_of_reach(name: &str, by_own_role: bool) -> Option<&'static str> {
    let is_target = name.starts_with(TARGET_PREFIX);
    if !is_target && name.to_ascii_lowercase().starts_with(OWN_PREFIX) {
        Some("names a resource of Punctual's own")
    } else if !is_target && by_own_role {
        Some("must name a resource called punctual-target-..., unless role_arn is given")
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_arn_is_read_and_written() {
        for (text, service) in [
            ("arn:aws:sns:eu-west-1:123456789012:orders", "sns"),
            (
                "arn:aws-cn:states:cn-north-1:123456789012:stateMachine:a",
                "states",
            ),
            ("arn:aws:iam::123456789012:role/punctual-target-a", "iam"),
        ] {
            assert_eq!(Arn::parse(text, service).unwrap().to_string(), text);
        }
    }

    #[test]
    fn nothing_gets_through_that_could_lead_a_call_elsewhere() {
        for text in [
            "arn:aws:sqs:eu-west-1:123456789012:orders",
            "arn:aws:sns:evil.example/:123456789012:orders",
            "arn:aws:sns:eu-west-1@evil:123456789012:orders",
            "arn:aws:sns::123456789012:orders",
            "arn:aws:sns:EU-WEST-1:123456789012:orders",
            "arn:aws:sns:eu-west-1:12345678901:orders",
            "arn:aws:sns:eu-west-1:12345678901x:orders",
            "arn:awsome:sns:eu-west-1:123456789012:orders",
            "arn:aws:sns:eu-west-1:123456789012",
            "urn:aws:sns:eu-west-1:123456789012:orders",
            "",
        ] {
            assert_eq!(Arn::parse(text, "sns"), None, "{text}");
        }
    }

    #[test]
    fn punctuals_own_is_out_of_everybodys_reach() {
        for (name, own_role, reachable) in [
            ("punctual-target-orders", true, true),
            ("punctual-target-orders", false, true),
            ("orders", true, false),
            ("orders", false, true),
            ("punctual-prod-high", true, false),
            ("punctual-prod-high", false, false),
            ("Punctual-Prod-high", false, false),
            ("punctual-targets", false, false),
        ] {
            assert_eq!(out_of_reach(name, own_role).is_none(), reachable, "{name}");
        }
    }
}
