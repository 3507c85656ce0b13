//! Resolves names for the client, and judges what they stand for. A name of which one address is out of bounds is out of
//! bounds with all of them: such a name is no public host's, or somebody plays with it.

use std::io;
use std::net::{IpAddr, SocketAddr};
use std::pin::Pin;
use std::sync::Arc;

use reqwest::dns::{Addrs, Name, Resolve, Resolving};

use crate::domain::Perimeter;

/// How many addresses of a name are tried at most.
const MAX_ADDRESSES: usize = 16;

/// The addresses of a name, to come.
pub type Looking = Pin<Box<dyn Future<Output = io::Result<Vec<IpAddr>>> + Send>>;

/// Finds the addresses of a name.
pub trait Lookup: Send + Sync + 'static {
    /// Asks once.
    fn lookup(&self, name: &str) -> Looking;
}

/// As this machine resolves names.
#[derive(Clone, Copy, Debug)]
pub struct SystemLookup;

impl Lookup for SystemLookup {
    fn lookup(&self, name: &str) -> Looking {
        let name = name.to_owned();
        Box::pin(async move {
            let found = tokio::net::lookup_host((name, 0)).await?;
            Ok(found.map(|address| address.ip()).collect())
        })
    }
}

/// A name has no address, or cannot be asked for.
#[derive(Debug, thiserror::Error)]
#[error("the host's name could not be resolved")]
pub(super) struct Unresolved(#[source] Option<io::Error>);

/// What the client resolves names with.
pub(super) struct Judging<L> {
    lookup: L,
    perimeter: Arc<Perimeter>,
}

impl<L> Judging<L> {
    pub(super) fn new(lookup: L, perimeter: Arc<Perimeter>) -> Self {
        Self { lookup, perimeter }
    }
}

impl<L: Lookup> Resolve for Judging<L> {
    fn resolve(&self, name: Name) -> Resolving {
        let looking = self.lookup.lookup(name.as_str());
        let perimeter = Arc::clone(&self.perimeter);
        Box::pin(async move {
            let found = looking.await.map_err(|error| Unresolved(Some(error)))?;
            if found.is_empty() {
                return Err(Unresolved(None).into());
            }
            for address in &found {
                perimeter.admits_address(*address)?;
            }
            // The client puts the URL's port in the place of none.
            let addresses = found.into_iter().take(MAX_ADDRESSES);
            Ok(Box::new(addresses.map(|address| SocketAddr::new(address, 0))) as Addrs)
        })
    }
}
