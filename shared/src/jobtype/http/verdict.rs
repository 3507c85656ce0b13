//! What an answer, or its absence, means for the attempt. Of all patterns that have a status, the narrowest decides; what
//! would leave two with equal rights to it is refused, so there is never a doubt.

use serde::{Deserialize, Deserializer, de};
use serde_json::json;
use utoipa::openapi::{Array, ArrayBuilder, ObjectBuilder, OneOfBuilder, Type};

use crate::domain::Invalid;
use crate::outbound::FailureKind;

/// How many patterns a list may have.
const MAX_PATTERNS: usize = 20;

/// Neighbouring statuses: `404`, `"2xx"`, `"500-503"`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Statuses {
    first: u16,
    last: u16,
}

impl Statuses {
    fn parse(text: &str) -> Option<Self> {
        if let Some(class) = text.strip_suffix("xx") {
            // One digit and nothing else: `parse` alone would take a sign.
            let digit = class.bytes().next().filter(u8::is_ascii_digit);
            let first = u16::from(digit.filter(|_| class.len() == 1)? - b'0') * 100;
            return Self::from_to(first, first + 99);
        }
        match text.split_once('-') {
            Some((first, last)) => Self::from_to(code(first)?, code(last)?),
            None => Self::from_to(code(text)?, code(text)?),
        }
    }

    fn from_to(first: u16, last: u16) -> Option<Self> {
        (100 <= first && first <= last && last <= 599).then_some(Self { first, last })
    }

    fn has(self, status: u16) -> bool {
        (self.first..=self.last).contains(&status)
    }

    fn width(self) -> u16 {
        self.last - self.first
    }

    fn rivals(self, other: Self) -> bool {
        self.width() == other.width() && self.first <= other.last && other.first <= self.last
    }
}

/// Three digits and nothing else.
fn code(text: &str) -> Option<u16> {
    let digits = text.len() == 3 && text.bytes().all(|byte| byte.is_ascii_digit());
    digits.then(|| text.parse().ok()).flatten()
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Spelled {
    Code(u16),
    Text(String),
}

impl Spelled {
    fn statuses(&self) -> Option<Statuses> {
        match self {
            Self::Code(code) => Statuses::from_to(*code, *code),
            Self::Text(text) => Statuses::parse(text),
        }
    }
}

impl<'de> Deserialize<'de> for Statuses {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let spelled = Spelled::deserialize(deserializer);
        let statuses = spelled.ok().and_then(|spelled| spelled.statuses());
        statuses.ok_or_else(|| {
            de::Error::custom("must be a status (204), a class (2xx) or a range (500-503)")
        })
    }
}

/// Statuses, or a kind of failure: `"timeout"`, `"dns"`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Condition {
    Statuses(Statuses),
    Failure(FailureKind),
}

/// The kinds of failures that may be named.
const NAMED: [(&str, FailureKind); 5] = [
    ("dns", FailureKind::Dns),
    ("connect", FailureKind::Connect),
    ("tls", FailureKind::Tls),
    ("timeout", FailureKind::Timeout),
    ("broken", FailureKind::Broken),
];

impl<'de> Deserialize<'de> for Condition {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let spelled = Spelled::deserialize(deserializer).ok();
        let failure = match &spelled {
            Some(Spelled::Text(text)) => NAMED.iter().find(|(name, _)| name == text),
            _ => None,
        };
        let statuses = || spelled.as_ref().and_then(Spelled::statuses);
        failure
            .map(|(_, kind)| Self::Failure(*kind))
            .or_else(|| statuses().map(Self::Statuses))
            .ok_or_else(|| {
                let names = NAMED.map(|(name, _)| name).join(", ");
                de::Error::custom(format!(
                    "must be a status (503), a class (5xx), a range (500-503) or one of {names}"
                ))
            })
    }
}

/// What is made of an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    /// The attempt has succeeded.
    Expected,
    /// It has failed, and another may do better.
    Retry,
    /// It has failed for good.
    Final,
}

/// What a payload says about answers.
#[derive(Clone, Copy, Debug)]
pub(super) struct Rules<'a> {
    /// The statuses of success; `2xx` if absent.
    pub(super) expected: Option<&'a [Statuses]>,
    /// What is tried again.
    pub(super) retry_on: &'a [Condition],
    /// What is not.
    pub(super) no_retry_on: &'a [Condition],
}

const SUCCESS: Statuses = Statuses {
    first: 200,
    last: 299,
};

impl Rules<'_> {
    /// Every pattern of statuses: its list, its place there, and what it says of an answer.
    fn patterns(&self) -> impl Iterator<Item = (&'static str, usize, Statuses, Verdict)> + '_ {
        let expected = self.expected.unwrap_or(&[SUCCESS]);
        let expected = expected.iter().enumerate();
        let expected =
            expected.map(|(place, one)| ("expected_statuses", place, *one, Verdict::Expected));
        expected
            .chain(statuses_in("retry_on", self.retry_on, Verdict::Retry))
            .chain(statuses_in("no_retry_on", self.no_retry_on, Verdict::Final))
    }

    /// What an answer of this status means.
    pub(super) fn of_status(&self, status: u16) -> Verdict {
        let having = self.patterns().filter(|(_, _, one, _)| one.has(status));
        match having.min_by_key(|(_, _, one, _)| one.width()) {
            Some((_, _, _, verdict)) => verdict,
            // The server's own trouble, or "later".
            None if status >= 500 || matches!(status, 408 | 425 | 429) => Verdict::Retry,
            None => Verdict::Final,
        }
    }

    /// Whether a call that failed so is tried again.
    pub(super) fn retries(&self, kind: FailureKind) -> bool {
        // Neither the deployment's mind nor a circle of redirects changes by itself.
        !matches!(kind, FailureKind::Refused | FailureKind::TooManyRedirects)
            && !self.no_retry_on.contains(&Condition::Failure(kind))
    }

    pub(super) fn check(&self) -> Result<(), Invalid> {
        if self
            .expected
            .is_some_and(|list| !(1..=MAX_PATTERNS).contains(&list.len()))
        {
            let reason = format!("must have 1 to {MAX_PATTERNS} items");
            return Err(Invalid::new("payload.expected_statuses", reason));
        }
        for (name, list) in [
            ("retry_on", self.retry_on),
            ("no_retry_on", self.no_retry_on),
        ] {
            if list.len() > MAX_PATTERNS {
                let reason = format!("must have at most {MAX_PATTERNS} items");
                return Err(Invalid::new(format!("payload.{name}"), reason));
            }
        }
        let patterns: Vec<_> = self.patterns().collect();
        for (index, (list, place, one, verdict)) in patterns.iter().enumerate() {
            let mut before = patterns[..index].iter();
            let rival = before.find(|(_, _, other, says)| says != verdict && one.rivals(*other));
            if let Some((other, ..)) = rival {
                let reason = format!("contradicts {other}");
                return Err(Invalid::new(format!("payload.{list}[{place}]"), reason));
            }
        }
        for (place, condition) in self.no_retry_on.iter().enumerate() {
            if matches!(condition, Condition::Failure(_)) && self.retry_on.contains(condition) {
                let field = format!("payload.no_retry_on[{place}]");
                return Err(Invalid::new(field, "contradicts retry_on"));
            }
        }
        Ok(())
    }
}

fn statuses_in<'a>(
    name: &'static str,
    list: &'a [Condition],
    verdict: Verdict,
) -> impl Iterator<Item = (&'static str, usize, Statuses, Verdict)> + 'a {
    let places = list.iter().enumerate();
    places.filter_map(move |(place, condition)| match condition {
        Condition::Statuses(one) => Some((name, place, *one, verdict)),
        Condition::Failure(_) => None,
    })
}

fn text(pattern: &str) -> ObjectBuilder {
    ObjectBuilder::new()
        .schema_type(Type::String)
        .pattern(Some(pattern))
}

fn one_of() -> OneOfBuilder {
    let number = ObjectBuilder::new()
        .schema_type(Type::Integer)
        .minimum(Some(100))
        .maximum(Some(599));
    OneOfBuilder::new()
        .item(number)
        .item(text("^([1-5]xx|[1-5][0-9]{2}(-[1-5][0-9]{2})?)$"))
}

pub(super) fn statuses_schema() -> Array {
    ArrayBuilder::new()
        .items(one_of())
        .min_items(Some(1))
        .max_items(Some(MAX_PATTERNS))
        .description(Some(
            "The statuses of success: codes, classes such as `2xx`, ranges such as `200-204`; `2xx` if absent.",
        ))
        .examples([json!(["2xx", 404])])
        .build()
}

pub(super) fn conditions_schema() -> Array {
    let names = NAMED.map(|(name, _)| name).join("|");
    let item = one_of().item(text(&format!("^({names})$")));
    ArrayBuilder::new()
        .items(item)
        .max_items(Some(MAX_PATTERNS))
        .description(Some(
            "Statuses as in `expected_statuses`, and failures to get an answer: `dns`, `connect`, `tls`, `timeout`, \
             `broken`. Of all patterns that have a status, the narrowest decides.",
        ))
        .examples([json!(["5xx", "timeout"])])
        .build()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::Value;

    use super::*;

    /// The lists of a payload.
    #[derive(Debug)]
    struct Lists {
        expected: Option<Vec<Statuses>>,
        retry_on: Vec<Condition>,
        no_retry_on: Vec<Condition>,
    }

    impl Lists {
        fn rules(&self) -> Rules<'_> {
            Rules {
                expected: self.expected.as_deref(),
                retry_on: &self.retry_on,
                no_retry_on: &self.no_retry_on,
            }
        }
    }

    fn lists(expected: &Value, retry_on: &Value, no_retry_on: &Value) -> Lists {
        let read = |list: &Value| serde_json::from_value(list.clone()).unwrap();
        Lists {
            expected: serde_json::from_value(expected.clone()).unwrap(),
            retry_on: read(retry_on),
            no_retry_on: read(no_retry_on),
        }
    }

    #[test]
    fn without_rules_2xx_is_success_and_what_may_pass_is_tried_again() {
        let plain = lists(&json!(null), &json!([]), &json!([]));
        for (status, expected) in [
            (200, Verdict::Expected),
            (299, Verdict::Expected),
            (199, Verdict::Final),
            (301, Verdict::Final),
            (404, Verdict::Final),
            (408, Verdict::Retry),
            (425, Verdict::Retry),
            (429, Verdict::Retry),
            (500, Verdict::Retry),
            (999, Verdict::Retry),
        ] {
            assert_eq!(plain.rules().of_status(status), expected, "{status}");
        }
        for (_, kind) in NAMED {
            assert!(plain.rules().retries(kind), "{kind:?}");
        }
        assert!(!plain.rules().retries(FailureKind::Refused));
        assert!(!plain.rules().retries(FailureKind::TooManyRedirects));
    }

    #[test]
    fn the_narrowest_pattern_decides() {
        let given = lists(
            &json!(["2xx", 404]),
            &json!([202, "4xx", "tls"]),
            &json!(["400-403", "500-502", 501, "timeout"]),
        );
        given.rules().check().unwrap();
        for (status, expected) in [
            (200, Verdict::Expected),
            // Not done yet, says the target: it is asked again.
            (202, Verdict::Retry),
            (404, Verdict::Expected),
            (403, Verdict::Final),
            (410, Verdict::Retry),
            (501, Verdict::Final),
            (503, Verdict::Retry),
        ] {
            assert_eq!(given.rules().of_status(status), expected, "{status}");
        }
        assert!(given.rules().retries(FailureKind::Tls));
        assert!(!given.rules().retries(FailureKind::Timeout));
    }

    #[test]
    fn what_contradicts_itself_is_refused_by_its_place() {
        for (expected, retry_on, no_retry_on, field) in [
            (
                json!(["2xx"]),
                json!(["2xx"]),
                json!([]),
                "payload.retry_on[0]",
            ),
            (
                json!(null),
                json!(["200-299"]),
                json!([]),
                "payload.retry_on[0]",
            ),
            (
                json!([200]),
                json!(["5xx", 200]),
                json!([]),
                "payload.retry_on[1]",
            ),
            (
                json!(null),
                json!(["5xx"]),
                json!([404, "5xx"]),
                "payload.no_retry_on[1]",
            ),
            (
                json!(null),
                json!(["500-503"]),
                json!(["502-505"]),
                "payload.no_retry_on[0]",
            ),
            (
                json!(null),
                json!(["dns"]),
                json!(["tls", "dns"]),
                "payload.no_retry_on[1]",
            ),
            (json!([]), json!([]), json!([]), "payload.expected_statuses"),
            (
                json!(null),
                json!(vec![500; 21]),
                json!([]),
                "payload.retry_on",
            ),
        ] {
            let refused = lists(&expected, &retry_on, &no_retry_on).rules().check();
            assert_eq!(refused.unwrap_err().field, field);
        }
    }

    #[test]
    fn what_is_no_pattern_is_refused() {
        for text in [
            json!("6xx"),
            json!("0xx"),
            json!("xx"),
            json!("2XX"),
            json!("-1xx"),
            json!("+2xx"),
            json!("99xx"),
            json!(99),
            json!(600),
            json!(-1),
            json!(200.5),
            json!("600"),
            json!("20"),
            json!("+204"),
            json!(" 204"),
            json!("204-200"),
            json!("200-"),
            json!("-204"),
            json!("200-204-208"),
            json!(""),
            json!(null),
            json!([200]),
        ] {
            assert!(
                serde_json::from_value::<Statuses>(text.clone()).is_err(),
                "{text}"
            );
            assert!(
                serde_json::from_value::<Condition>(text.clone()).is_err(),
                "{text}"
            );
        }
        for text in [json!("refused"), json!("too_many_redirects"), json!("DNS")] {
            assert!(
                serde_json::from_value::<Condition>(text.clone()).is_err(),
                "{text}"
            );
        }
    }

    fn pattern() -> impl Strategy<Value = Statuses> {
        let code = 100..=599_u16;
        (code.clone(), code).prop_map(|(a, b)| Statuses {
            first: a.min(b),
            last: a.max(b),
        })
    }

    proptest! {
        #[test]
        fn what_passes_the_check_leaves_no_doubt(
            expected in prop::collection::vec(pattern(), 1..4),
            retry_on in prop::collection::vec(pattern().prop_map(Condition::Statuses), 0..4),
            no_retry_on in prop::collection::vec(pattern().prop_map(Condition::Statuses), 0..4),
            status in 100..=599_u16,
        ) {
            let lists = Lists { expected: Some(expected), retry_on, no_retry_on };
            let rules = lists.rules();
            prop_assume!(rules.check().is_ok());
            let having: Vec<_> = rules.patterns().filter(|(_, _, one, _)| one.has(status)).collect();
            let narrowest = having.iter().map(|(_, _, one, _)| one.width()).min();
            for (_, _, one, verdict) in having {
                if Some(one.width()) == narrowest {
                    prop_assert_eq!(verdict, rules.of_status(status));
                }
            }
        }
    }
}
