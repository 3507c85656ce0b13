//! Prints the API's description of itself: `make openapi` checks it in.

use punctual::jobtype::{Doors, Registry, http_client};
use punctual_api::openapi::document;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let document = document(&Registry::standard(Doors::closed(http_client()?)));
    println!("{}", document.to_pretty_json()?);
    Ok(())
}
