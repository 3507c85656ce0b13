//! The client for hosts that the operator names, such as the issuer of tokens. What users name is called by
//! [`Outbound`](crate::outbound::Outbound) alone.

use std::time::Duration;

/// TLS by ring with the platform's roots, no redirects, no proxy, no cookies.
///
/// # Errors
/// If the TLS backend cannot be set up.
pub fn http_client() -> Result<reqwest::Client, reqwest::Error> {
    // Somebody else may have installed the same provider already; either way there is one.
    let _ = rustls::crypto::ring::default_provider().install_default();
    reqwest::Client::builder()
        .redirect(reqwest::redirect::Policy::none())
        .no_proxy()
        .connect_timeout(Duration::from_secs(10))
        .user_agent(concat!("punctual/", env!("CARGO_PKG_VERSION")))
        .build()
}
