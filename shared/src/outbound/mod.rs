//! Calls to hosts of users' choice. An address is connected to only if it was judged for this very connection: a name is
//! resolved once, all its addresses are judged, and those are what the client is handed; a host that is an address is
//! judged where its URL is. No request leaves by another way, for the client is kept in here.
//!
//! No proxy, no cookies, no redirect that was not judged like a first request, no body that is unpacked.

mod failure;
mod redirect;
mod resolver;

use std::sync::Arc;
use std::time::Duration;

use reqwest::{Client, Request, Response, StatusCode};

pub use self::failure::{CallFailed, FailureKind};
use self::redirect::{Hop, hop};
use self::resolver::Judging;
pub use self::resolver::{Looking, Lookup, SystemLookup};
use crate::domain::Perimeter;

/// How long it may take to find a host, connect and agree on TLS.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);

/// Makes outgoing calls within a [`Perimeter`].
#[derive(Clone, Debug)]
pub struct Outbound {
    client: Client,
    perimeter: Arc<Perimeter>,
}

/// What is sent, and to which hosts its headers may go.
#[derive(Debug)]
pub struct Call {
    /// The request. Its headers go to any host that a redirect leads to.
    pub request: Request,
    /// Headers for the first host only: they may hold credentials, or signatures.
    pub confided: reqwest::header::HeaderMap,
    /// How many redirects are followed.
    pub max_redirects: u8,
}

impl From<Request> for Call {
    fn from(request: Request) -> Self {
        Self {
            request,
            confided: reqwest::header::HeaderMap::new(),
            max_redirects: 0,
        }
    }
}

impl Outbound {
    /// Calls what `perimeter` admits, by names as this machine resolves them.
    ///
    /// # Errors
    /// If the TLS backend cannot be set up.
    pub fn within(perimeter: Perimeter) -> reqwest::Result<Self> {
        Self::with_lookup(perimeter, SystemLookup)
    }

    /// As [`Self::within`], by names as `lookup` resolves them.
    ///
    /// # Errors
    /// As [`Self::within`].
    pub fn with_lookup(perimeter: Perimeter, lookup: impl Lookup) -> reqwest::Result<Self> {
        // Somebody else may have installed the same provider already; either way there is one.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let perimeter = Arc::new(perimeter);
        let client = Client::builder()
            .dns_resolver(Judging::new(lookup, Arc::clone(&perimeter)))
            .redirect(reqwest::redirect::Policy::none())
            .no_proxy()
            .referer(false)
            .connect_timeout(CONNECT_TIMEOUT)
            .user_agent(concat!("punctual/", env!("CARGO_PKG_VERSION")))
            .build()?;
        Ok(Self { client, perimeter })
    }

    /// What is called, and what is not.
    pub fn perimeter(&self) -> &Perimeter {
        &self.perimeter
    }

    /// Sends a request, and what the redirects ask for that it may follow.
    ///
    /// # Errors
    /// [`CallFailed`] if no answer's head was read whole.
    pub async fn send(&self, call: Call) -> Result<Response, CallFailed> {
        let Call {
            request,
            mut confided,
            max_redirects,
        } = call;
        let mut request = request;
        let mut left = max_redirects;
        loop {
            self.perimeter
                .admits(request.url())
                .map_err(CallFailed::from)?;
            let mut sent = request.try_clone().ok_or_else(CallFailed::unrepeatable)?;
            sent.headers_mut().extend(confided.clone());
            let response = self.client.execute(sent).await.map_err(CallFailed::from)?;
            if max_redirects == 0 || !is_redirect(response.status()) {
                return Ok(response);
            }
            let Some(Hop { next, elsewhere }) = hop(&request, &response)? else {
                return Ok(response);
            };
            if left == 0 {
                return Err(CallFailed::too_many_redirects(max_redirects));
            }
            left -= 1;
            if elsewhere || next.body().is_none() && request.body().is_some() {
                // What was confided to one host is not told another, and a signature is of a body.
                confided.clear();
            }
            request = next;
        }
    }
}

/// Whether an answer asks for another request. `304 Not Modified` and the like do not.
fn is_redirect(status: StatusCode) -> bool {
    matches!(status.as_u16(), 301 | 302 | 303 | 307 | 308)
}
