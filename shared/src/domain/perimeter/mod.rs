//! Where outgoing calls may go. What a user may name is a public host; whatever else a name, an address or a spelling
//! of one leads to is out of bounds, unless the deployment has opened it by its address. Pure: the same answer at submit
//! and at every connection.

mod address;
mod name;
#[cfg(test)]
mod tests;

use std::collections::BTreeSet;
use std::net::IpAddr;

use ipnet::IpNet;
use url::{Host, Url};

use self::address::special;
use self::name::{is_loopback_name, private_name};

/// The ports of public hosts, unless the deployment says otherwise.
pub const TARGET_PORTS: [u16; 3] = [80, 443, 8_443];

/// Why a call is not made.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TargetRefused {
    /// Neither http nor https.
    #[error("must be an http or https URL")]
    Scheme,
    /// The URL has a user name or a password.
    #[error("must not carry a user name or a password")]
    Credentials,
    /// The port is not one of those that may be called.
    #[error("must not name port {0}: this deployment does not call it")]
    Port(u16),
    /// The host's name is not one of the public internet.
    #[error("must name a public host: {0}")]
    Name(&'static str),
    /// The host is, or has, such an address.
    #[error("must lead to a public host: this one has {0} address")]
    Address(&'static str),
    /// A redirect from https to http.
    #[error("must not be left for an unencrypted one by a redirect")]
    Downgrade,
}

/// Which hosts may be called.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Perimeter {
    ports: BTreeSet<u16>,
    opened: Vec<IpNet>,
    runtime_api: Option<u16>,
}

impl Default for Perimeter {
    fn default() -> Self {
        Self::public()
    }
}

impl Perimeter {
    /// Public hosts, on the [usual ports](TARGET_PORTS).
    pub fn public() -> Self {
        Self {
            ports: BTreeSet::from(TARGET_PORTS),
            opened: Vec::new(),
            runtime_api: None,
        }
    }

    /// These ports instead.
    #[must_use]
    pub fn with_ports(mut self, ports: impl IntoIterator<Item = u16>) -> Self {
        self.ports = ports.into_iter().collect();
        self
    }

    /// Opens these addresses, special as they may be, on every port: for a deployment on one machine.
    #[must_use]
    pub fn opened_to(mut self, addresses: impl IntoIterator<Item = IpNet>) -> Self {
        self.opened.extend(addresses);
        self
    }

    /// Shuts the port of the runtime API of Lambda: whoever reached it could answer for the function. It stays shut
    /// whatever is opened.
    #[must_use]
    pub fn with_runtime_api_at(mut self, port: u16) -> Self {
        self.runtime_api = Some(port);
        self
    }

    /// Whether `url` may be called, as far as it says itself. What its host's name stands for is asked of
    /// [`Self::admits_address`].
    ///
    /// # Errors
    /// [`TargetRefused`] says why not.
    pub fn admits(&self, url: &Url) -> Result<(), TargetRefused> {
        if !matches!(url.scheme(), "http" | "https") {
            return Err(TargetRefused::Scheme);
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err(TargetRefused::Credentials);
        }
        let port = url.port_or_known_default().unwrap_or_default();
        if self.runtime_api == Some(port) {
            return Err(TargetRefused::Port(port));
        }
        let on_any_port = match url.host() {
            None => return Err(TargetRefused::Name("there is none")),
            Some(Host::Ipv4(address)) => self.admits_literal(address.into())?,
            Some(Host::Ipv6(address)) => self.admits_literal(address.into())?,
            Some(Host::Domain(name)) => self.admits_name(name)?,
        };
        if on_any_port || self.ports.contains(&port) {
            Ok(())
        } else {
            Err(TargetRefused::Port(port))
        }
    }

    /// Whether a connection may be made to `address`, whoever named it.
    ///
    /// # Errors
    /// [`TargetRefused::Address`] says of what kind it is.
    pub fn admits_address(&self, address: IpAddr) -> Result<(), TargetRefused> {
        self.admits_literal(address).map(drop)
    }

    /// As [`Self::admits_address`]; and whether it may be called on any port.
    fn admits_literal(&self, address: IpAddr) -> Result<bool, TargetRefused> {
        if self.has_opened(address) {
            return Ok(true);
        }
        match special(address) {
            None => Ok(false),
            Some(kind) => Err(TargetRefused::Address(kind)),
        }
    }

    /// Whether a host of this name may be called on any port, if it may be called at all.
    fn admits_name(&self, name: &str) -> Result<bool, TargetRefused> {
        let name = name.trim_end_matches('.');
        let loopback = [
            IpAddr::from([127, 0, 0, 1]),
            IpAddr::from([0, 0, 0, 0, 0, 0, 0, 1]),
        ];
        if is_loopback_name(name) && loopback.iter().any(|address| self.has_opened(*address)) {
            return Ok(true);
        }
        match private_name(name) {
            None => Ok(false),
            Some(why) => Err(TargetRefused::Name(why)),
        }
    }

    fn has_opened(&self, address: IpAddr) -> bool {
        let address = address.to_canonical();
        self.opened.iter().any(|opened| opened.contains(&address))
    }
}
