//! Prints the API's description of itself: `make openapi` checks it in.

use punctual::domain::Perimeter;
use punctual::jobtype::{Doors, Registry};
use punctual::outbound::Outbound;
use punctual_api::openapi::document;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let document = document(&Registry::standard(Doors::closed(Outbound::within(
        Perimeter::public(),
    )?)));
    println!("{}", document.to_pretty_json()?);
    Ok(())
}
