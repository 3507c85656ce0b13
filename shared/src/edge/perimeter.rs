//! Which hosts jobs and notifications may call, from the environment. What cannot be used stops the start; there is no
//! variable that opens an address.

use super::ConfigError;
use crate::domain::Perimeter;

const PORTS: &str = "PUNCTUAL_TARGET_PORTS";

/// Where Lambda says that its runtime API is: `127.0.0.1:9001`.
const RUNTIME_API: &str = "AWS_LAMBDA_RUNTIME_API";

/// Reads the variable `PUNCTUAL_TARGET_PORTS`, ports between commas; without it, they are
/// [the usual ones](crate::domain::TARGET_PORTS).
///
/// # Errors
/// [`ConfigError`] names the variable.
pub fn perimeter_from_env() -> Result<Perimeter, ConfigError> {
    perimeter_from(|name| std::env::var(name).ok())
}

fn perimeter_from(lookup: impl Fn(&str) -> Option<String>) -> Result<Perimeter, ConfigError> {
    let mut perimeter = Perimeter::public();
    if let Some(text) = lookup(PORTS).filter(|text| !text.is_empty()) {
        let port = |text: &str| text.trim().parse().ok().filter(|port| *port != 0);
        let ports: Option<Vec<u16>> = text.split(',').map(port).collect();
        perimeter = perimeter.with_ports(ports.ok_or(ConfigError::Unusable {
            name: PORTS,
            expected: "ports between commas: 80,443",
        })?);
    }
    if let Some(text) = lookup(RUNTIME_API) {
        let port = text.rsplit(':').next().and_then(|port| port.parse().ok());
        perimeter = perimeter.with_runtime_api_at(port.ok_or(ConfigError::Unusable {
            name: RUNTIME_API,
            expected: "an address and a port",
        })?);
    }
    Ok(perimeter)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(ports: &str, runtime_api: Option<&str>) -> Result<Perimeter, ConfigError> {
        perimeter_from(|name| match name {
            PORTS => Some(ports.to_owned()),
            _ => runtime_api.map(ToOwned::to_owned),
        })
    }

    #[test]
    fn ports_are_the_usual_ones_unless_they_are_named() {
        assert_eq!(read("", None).unwrap(), Perimeter::public());
        let named = read("443, 8080", None).unwrap();
        assert_eq!(named, Perimeter::public().with_ports([443, 8_080]));
    }

    #[test]
    fn the_runtime_api_is_shut_where_lambda_says_that_it_is() {
        let perimeter = read("80,9001", Some("169.254.100.1:9001")).unwrap();
        let shut = Perimeter::public()
            .with_ports([80, 9_001])
            .with_runtime_api_at(9_001);
        assert_eq!(perimeter, shut);
    }

    #[test]
    fn what_cannot_be_used_stops_the_start_and_is_named() {
        for ports in ["0", "80,", "http", "65536", "-1", "80;443"] {
            let refusal = read(ports, None).unwrap_err().to_string();
            assert!(refusal.contains(PORTS), "{ports}: {refusal}");
        }
        for address in ["", "127.0.0.1", "127.0.0.1:x"] {
            let refusal = read("", Some(address)).unwrap_err().to_string();
            assert!(refusal.contains(RUNTIME_API), "{address}: {refusal}");
        }
    }
}
