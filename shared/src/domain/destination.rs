//! Where calls go: the host and the port of a URL, in the one spelling that keys, limits and holds know it by.

use std::fmt;
use std::str::FromStr;

use url::{Host, Url};

use super::Invalid;

/// A host and a port.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Destination {
    host: String,
    port: u16,
}

impl Destination {
    /// Where `url` leads, if it is an http or https URL. However its host is spelled, the answer is the same: lower
    /// case, without the dot that may end it, an address as the number that it is.
    pub fn of(url: &Url) -> Option<Self> {
        if !matches!(url.scheme(), "http" | "https") {
            return None;
        }
        let host = match url.host()? {
            Host::Domain(name) => name.strip_suffix('.').unwrap_or(name).to_ascii_lowercase(),
            Host::Ipv4(address) => address.to_string(),
            Host::Ipv6(address) => address.to_string(),
        };
        let port = url.port_or_known_default()?;
        Some(Self { host, port })
    }

    /// The host, without brackets if it is an IPv6 address.
    pub fn host(&self) -> &str {
        &self.host
    }

    /// The port, whether or not the URL says it.
    pub fn port(&self) -> u16 {
        self.port
    }
}

/// As it is displayed.
impl FromStr for Destination {
    type Err = Invalid;

    fn from_str(text: &str) -> Result<Self, Invalid> {
        let parts = text.rsplit_once(':');
        let read = parts.and_then(|(host, port)| {
            let host = host.strip_prefix('[').unwrap_or(host);
            let host = host.strip_suffix(']').unwrap_or(host).to_owned();
            let port = port.parse().ok()?;
            (!host.is_empty()).then_some(Self { host, port })
        });
        read.ok_or_else(|| Invalid::new("host", "must be a host and a port: example.com:443"))
    }
}

impl fmt::Display for Destination {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.host.contains(':') {
            write!(f, "[{}]:{}", self.host, self.port)
        } else {
            write!(f, "{}:{}", self.host, self.port)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(url: &str) -> Option<String> {
        Destination::of(&Url::parse(url).unwrap()).map(|found| found.to_string())
    }

    #[test]
    fn one_host_has_one_spelling() {
        for (url, expected) in [
            ("https://Example.COM/a?b#c", "example.com:443"),
            ("https://example.com.:443/", "example.com:443"),
            ("http://example.com", "example.com:80"),
            (
                "http://b\u{fc}cher.example:8080",
                "xn--bcher-kva.example:8080",
            ),
            ("http://0x7f.1/", "127.0.0.1:80"),
            ("http://2130706433/", "127.0.0.1:80"),
            ("http://[2001:DB8:0:0::1]/", "[2001:db8::1]:80"),
        ] {
            assert_eq!(of(url).as_deref(), Some(expected), "{url}");
            let read: Destination = expected.parse().unwrap();
            assert_eq!(Destination::of(&Url::parse(url).unwrap()), Some(read));
        }
    }

    #[test]
    fn what_is_not_called_over_http_leads_nowhere() {
        assert_eq!(of("ftp://example.com/"), None);
        assert_eq!(of("mailto:a@example.com"), None);
    }
}
