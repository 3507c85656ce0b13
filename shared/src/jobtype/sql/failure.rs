//! Tells a database's refusals that pass from those that do not, by the SQL state in the Data API's words.

use super::ends;
use crate::plan::Ended;
use crate::port::AwsFailure;

/// Codes of the Data API whose cause passes, although their status blames the caller.
const PASSING_CODES: [&str; 3] = [
    "DatabaseResumingException",
    "DatabaseUnavailableException",
    "StatementTimeoutException",
];

/// Classes of SQL states that pass: connections, rolled back transactions, exhausted resources, an operator's
/// intervention; and a lock that was not to be had.
const PASSING_STATES: [&str; 5] = ["08", "40", "53", "57", "55P03"];

/// How an attempt ends whose call was not carried out.
pub(super) fn ended(failure: AwsFailure) -> Ended {
    if passes(&failure) {
        ends::failed(failure.to_string(), None)
    } else {
        failure.into()
    }
}

fn passes(failure: &AwsFailure) -> bool {
    let code = failure.code.as_str();
    let state = sql_state(&failure.message);
    PASSING_CODES.contains(&code)
        || state.is_some_and(|state| PASSING_STATES.iter().any(|class| state.starts_with(class)))
}

/// The five characters behind `SQLState: ` at the end of a message.
fn sql_state(message: &str) -> Option<&str> {
    let (_, rest) = message.rsplit_once("SQLState: ")?;
    rest.get(..5)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::port::FailureKind;

    #[test]
    fn what_the_database_says_decides_whether_it_is_tried_again() {
        for (code, message, again) in [
            (
                "BadRequestException",
                "ERROR: syntax error; SQLState: 42601",
                false,
            ),
            (
                "BadRequestException",
                "ERROR: duplicate key; SQLState: 23505",
                false,
            ),
            (
                "BadRequestException",
                "ERROR: could not serialize; SQLState: 40001",
                true,
            ),
            ("DatabaseErrorException", "deadlock; SQLState: 40P01", true),
            (
                "BadRequestException",
                "FATAL: too many connections; SQLState: 53300",
                true,
            ),
            (
                "BadRequestException",
                "terminating connection; SQLState: 57P01",
                true,
            ),
            (
                "BadRequestException",
                "connection failure; SQLState: 08006",
                true,
            ),
            (
                "BadRequestException",
                "lock not available; SQLState: 55P03",
                true,
            ),
            (
                "BadRequestException",
                "object in use; SQLState: 55006",
                false,
            ),
            ("DatabaseResumingException", "resuming", true),
            ("StatementTimeoutException", "too long", true),
            ("AccessDeniedException", "no", false),
            ("BadRequestException", "says SQLState: 40", false),
        ] {
            let failure = AwsFailure {
                operation: "x",
                kind: FailureKind::Refused,
                code: code.to_owned(),
                message: message.to_owned(),
                retry_after: None,
            };
            let failed = matches!(ended(failure), Ended::Failed { .. });
            assert_eq!(failed, again, "{code} {message}");
        }
    }
}
