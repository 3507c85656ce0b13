//! The document beside the package is the one that would be written.

use std::path::Path;

use punctual_cost::report::make;
use punctual_scale::assumptions::Book;
use punctual_scale::platform::Platform;

#[test]
fn the_document_is_the_one_that_would_be_written() {
    let book = Book::of_this_repository().expect("the book");
    let platform = Platform::from_book(&book).expect("the platform");
    let report = make(&platform, |_| {}).expect("every price has a source");
    let document = Path::new(env!("CARGO_MANIFEST_DIR")).join("README.md");
    let document = std::fs::read_to_string(document).expect("the document");
    let wanted = report.write_into(&document).expect("all marks");
    assert!(
        document == wanted,
        "infra/cost/README.md is stale: run `make cost`"
    );
}
