//! The one place where an SDK error becomes a port's: throttling is told from failure, and the causes stay attached.

use aws_sdk_dynamodb::error::{ProvideErrorMetadata, SdkError};

use crate::port::{PortError, Source};

const THROTTLES: [&str; 6] = [
    "ProvisionedThroughputExceededException",
    "RequestLimitExceeded",
    "ThrottlingException",
    "RequestThrottled",
    "Throttling",
    "OverLimit",
];

/// Whether an error's code says that the caller was too fast.
pub(in crate::aws) fn is_throttle(code: &str) -> bool {
    THROTTLES.contains(&code)
}

/// Names `operation` as the call that failed.
pub(in crate::aws) fn unavailable<E, R>(operation: &'static str, error: SdkError<E, R>) -> PortError
where
    E: std::error::Error + ProvideErrorMetadata + Send + Sync + 'static,
    R: std::fmt::Debug + Send + Sync + 'static,
{
    let code = error
        .as_service_error()
        .and_then(ProvideErrorMetadata::code)
        .unwrap_or_default();
    let throttled = is_throttle(code);
    let refused_for_good = code == "ValidationException";
    let source = error.into();
    if throttled {
        PortError::Throttled { operation, source }
    } else if refused_for_good {
        PortError::Corrupt { operation, source }
    } else {
        PortError::Unavailable { operation, source }
    }
}

/// What is stored, or was to be stored, is not of the expected form.
pub(super) fn corrupt(operation: &'static str, source: impl Into<Source>) -> PortError {
    PortError::Corrupt {
        operation,
        source: source.into(),
    }
}
