//! How a file is sent: as the reader likes it best, of the codings that there are (RFC 9110, 12.5.3). Invariant: a coding
//! that the reader refuses is never sent, but for the plain file to one who refuses everything.

use axum::http::{HeaderMap, header};

/// A coding of a file's bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Coding {
    /// As it is.
    Identity,
    Gzip,
    Brotli,
}

impl Coding {
    /// The smaller, the later: of those that are liked alike, the last is sent.
    const ALL: [Self; 3] = [Self::Identity, Self::Gzip, Self::Brotli];

    /// As headers spell it.
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Identity => "identity",
            Self::Gzip => "gzip",
            Self::Brotli => "br",
        }
    }

    /// What a request with these headers likes best.
    pub(super) fn wanted(request: &HeaderMap) -> Self {
        let lines = request.get_all(header::ACCEPT_ENCODING).iter();
        let lines: Vec<_> = lines.filter_map(|line| line.to_str().ok()).collect();
        best(&lines.join(","))
    }
}

/// The coding to send to who accepts these.
fn best(accepted: &str) -> Coding {
    let weights: Vec<(&str, u16)> = accepted.split(',').filter_map(weighed).collect();
    let of = |name: &str| {
        let mut found = weights
            .iter()
            .filter(|(named, _)| named.eq_ignore_ascii_case(name));
        found.next().map(|(_, weight)| *weight)
    };
    let liked = |coding: &Coding| match (of(coding.name()), of("*"), coding) {
        (Some(weight), _, _) | (None, Some(weight), _) => weight,
        // Not named, it is accepted all the same, but liked less than anything that is.
        (None, None, Coding::Identity) => 1,
        (None, None, _) => 0,
    };
    let best = Coding::ALL.into_iter().max_by_key(liked);
    best.filter(|coding| liked(coding) > 0)
        .unwrap_or(Coding::Identity)
}

/// A coding's name and, in thousandths, its weight. What cannot be read names nothing.
fn weighed(element: &str) -> Option<(&str, u16)> {
    let (name, weight) = match element.split_once(';') {
        None => (element, None),
        Some((name, parameter)) => {
            let (key, value) = parameter.split_once('=')?;
            if !key.trim().eq_ignore_ascii_case("q") {
                return None;
            }
            (name, Some(value.trim()))
        }
    };
    let name = name.trim();
    let weight = match weight {
        None => 1_000,
        Some(text) => thousandths(text)?,
    };
    (!name.is_empty()).then_some((name, weight))
}

/// `0.5`, `1`, `0.123`: a weight as it is written.
fn thousandths(text: &str) -> Option<u16> {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    let is_number = fraction.len() <= 3 && fraction.bytes().all(|byte| byte.is_ascii_digit());
    let fraction: u16 = format!("{fraction:0<3}").parse().ok()?;
    match whole {
        "0" if is_number => Some(fraction),
        "1" if is_number && fraction == 0 => Some(1_000),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_reader_gets_what_it_likes_best_and_the_smallest_of_what_it_likes_alike() {
        for (accepted, expected) in [
            ("gzip, deflate, br, zstd", Coding::Brotli),
            ("gzip", Coding::Gzip),
            ("GZIP", Coding::Gzip),
            ("br;q=0.5, gzip;q=0.8", Coding::Gzip),
            ("br ; q=0.5 , gzip ; Q=0.50", Coding::Brotli),
            ("identity, gzip;q=0.999", Coding::Identity),
            ("gzip;q=0.001", Coding::Gzip),
            ("*", Coding::Brotli),
            ("*;q=0.1, gzip", Coding::Gzip),
            ("br;q=0, *", Coding::Gzip),
            ("identity;q=0, gzip;q=0.2", Coding::Gzip),
            ("", Coding::Identity),
            ("zstd", Coding::Identity),
            ("br;q=0, gzip;q=0.000", Coding::Identity),
            ("*;q=0", Coding::Identity),
        ] {
            assert_eq!(best(accepted), expected, "{accepted}");
        }
    }

    #[test]
    fn what_cannot_be_read_is_not_taken_for_a_wish() {
        for odd in [
            "br;q=2",
            "br;q=1.5",
            "br;q=-1",
            "br;q=",
            "br;x=1",
            "br;q=0.1234",
            "br;q=.5",
            ";q=1",
            "br;q",
            "br;q=1;q=0",
            "bröt",
            ",,;,",
        ] {
            assert_eq!(best(odd), Coding::Identity, "{odd}");
        }
    }
}
