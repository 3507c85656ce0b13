//! The prices that the API reckons with are those of the book that names their sources.

use punctual::domain::{Prices, WORKER_GB};
use serde_json::Value;

use crate::read;

#[test]
fn the_prices_in_the_code_are_those_of_the_book() {
    let book: Value = serde_json::from_str(&read("infra/scale/assumptions.json")).unwrap();
    let assumed = |id: &str| {
        let mut all = book.as_array().unwrap().iter();
        let one = all.find(|one| one["id"] == id);
        one.and_then(|one| one["value"].as_f64())
            .unwrap_or_else(|| panic!("{id} is not in the book"))
    };
    let prices = Prices::US_EAST_1;
    for (ours, booked) in [
        (prices.million_write_units, assumed("price.write_million")),
        (prices.million_read_units, assumed("price.read_million")),
        (
            prices.million_requests,
            assumed("price.queue_million") + assumed("price.fair_queue_million"),
        ),
        (
            prices.million_invocations,
            assumed("price.invocation_million"),
        ),
        (prices.gb_second, assumed("price.gb_second")),
        (WORKER_GB, assumed("template.worker_memory_mb") / 1_024.0),
    ] {
        assert!(
            (ours - booked).abs() < 1e-9,
            "{ours} is {booked} in the book"
        );
    }
}
