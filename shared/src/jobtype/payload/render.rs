//! Fills placeholders in so that no value, whatever it is, can be more than text at its place: it ends no string, adds no
//! header, and leads to no other host or path.

use std::fmt::Write;

use serde_json::Value;
use url::Url;

use super::filling::Facts;
use super::place::Placeholders;
use super::template::Piece;

/// Checks what the place has to say about the pieces before there are values.
///
/// # Errors
/// What is wrong, for the template's author.
pub(super) fn check(kind: Placeholders, pieces: &[Piece]) -> Result<(), &'static str> {
    match kind {
        Placeholders::Url if !has_host_of_its_own(pieces) => {
            Err("may have placeholders after its host only: https://example.com/{{job_id}}")
        }
        _ => Ok(()),
    }
}

/// Fills in what the pieces stand for.
///
/// # Errors
/// Why a value cannot stand there.
pub(super) fn render(
    kind: Placeholders,
    pieces: &[Piece],
    facts: &Facts,
) -> Result<Value, &'static str> {
    if let (Placeholders::Json, [Piece::Placeholder(only)]) = (kind, pieces) {
        return Ok(only.value(facts));
    }
    let join = |encode: &dyn Fn(String) -> String| -> String {
        let texts = pieces.iter().map(|piece| match piece {
            Piece::Literal(text) => text.clone(),
            Piece::Placeholder(placeholder) => encode(placeholder.text(facts)),
        });
        texts.collect()
    };
    let rendered = match kind {
        Placeholders::Refused | Placeholders::Text | Placeholders::Json => join(&|text| text),
        Placeholders::Html => join(&|text| as_html(&text)),
        Placeholders::Header => {
            let has_control = |piece: &Piece| match piece {
                Piece::Literal(_) => false,
                Piece::Placeholder(one) => one.text(facts).chars().any(char::is_control),
            };
            if pieces.iter().any(has_control) {
                return Err("would get a control character from a placeholder");
            }
            join(&|text| text)
        }
        Placeholders::Url => {
            let rendered = join(&|text| percent_encoded(&text));
            let plain = join(&|_| "x".to_owned());
            let has_placeholder = pieces
                .iter()
                .any(|piece| matches!(piece, Piece::Placeholder(_)));
            if has_placeholder && shape(&rendered) != shape(&plain) {
                return Err("would lead elsewhere by a placeholder that is . or ..");
            }
            rendered
        }
    };
    Ok(Value::String(rendered))
}

/// Whether the text before the first placeholder names the scheme and the host, and ends the host.
fn has_host_of_its_own(pieces: &[Piece]) -> bool {
    let first = match pieces {
        [Piece::Literal(only)] => return !only.is_empty(),
        [Piece::Literal(first), ..] => first,
        _ => return false,
    };
    // What a URL's reader skips could make an end of the host of what does not look like one.
    let legible = |text: &str| !text.contains(|c: char| c.is_control() || c == ' ' || c == '\\');
    let Some((_, behind)) = first.split_once("://") else {
        return false;
    };
    let host = behind.find(['/', '?', '#']);
    legible(first) && host.is_some_and(|end| end > 0)
}

/// What of a URL no value may change.
fn shape(text: &str) -> Option<(String, usize, usize, bool)> {
    let url = Url::parse(text).ok()?;
    let before_path = url[..url::Position::BeforePath].to_owned();
    let segments = url.path().matches('/').count();
    let parameters = url
        .query()
        .map_or(0, |query| 1 + query.matches('&').count());
    Some((before_path, segments, parameters, url.fragment().is_some()))
}

/// Text that means itself in HTML, between elements and in quoted attributes.
fn as_html(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            _ => escaped.push(c),
        }
    }
    escaped
}

/// Every byte but RFC 3986's unreserved ones encoded: nothing in it means anything in a URL.
fn percent_encoded(text: &str) -> String {
    let mut encoded = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            encoded.push(byte.into());
        } else {
            let _ = write!(encoded, "%{byte:02X}");
        }
    }
    encoded
}
