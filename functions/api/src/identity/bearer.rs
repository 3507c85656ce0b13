//! The token in a request's header: given once, as `Authorization: Bearer`, and no longer than it may be. A token
//! anywhere else, in the query or the body, is not looked for (RFC 6750, section 2; RFC 9700, section 4.3.2).

use axum::http::{HeaderMap, header};

use super::Refusal;

/// The longest token that is read.
pub const MAX_TOKEN_BYTES: usize = 8 * 1024;

/// The request's token, unread.
pub fn bearer(headers: &HeaderMap) -> Result<&str, Refusal> {
    let mut values = headers.get_all(header::AUTHORIZATION).iter();
    let value = match (values.next(), values.next()) {
        (None, _) => return Err(Refusal::Missing),
        // Of two values, which one something before us has checked cannot be known.
        (Some(_), Some(_)) => {
            return Err(Refusal::Unreadable("Authorization is given more than once"));
        }
        (Some(value), None) => value,
    };
    if value.len() > MAX_TOKEN_BYTES + SCHEME.len() + 1 {
        return Err(Refusal::Invalid("the token is longer than 8 KB"));
    }
    let text = value
        .to_str()
        .map_err(|_| Refusal::Unreadable("Authorization is not visible ASCII"))?;
    match text.split_once(' ') {
        Some((scheme, token)) if scheme.eq_ignore_ascii_case(SCHEME) => Ok(token),
        _ => Err(Refusal::Missing),
    }
}

const SCHEME: &str = "Bearer";
