//! The inputs that are checked in: every one that once broke a target stays here.

use std::path::PathBuf;

use punctual_fuzz::{MAX_BYTES, TARGETS};

/// The inputs of a target, by name.
pub fn corpus(target: &str) -> Vec<(String, Vec<u8>)> {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR"))
        .join("corpus")
        .join(target);
    let mut inputs: Vec<_> = std::fs::read_dir(&folder)
        .unwrap_or_else(|error| panic!("{}: {error}", folder.display()))
        .map(|entry| {
            let entry = entry.unwrap();
            let name = entry.file_name().into_string().unwrap();
            (name, std::fs::read(entry.path()).unwrap())
        })
        .collect();
    inputs.sort();
    inputs
}

#[test]
fn every_input_of_the_corpus_keeps_every_promise() {
    for target in TARGETS {
        let inputs = corpus(target.name);
        assert!(
            inputs.len() >= 10,
            "{}: only {} inputs",
            target.name,
            inputs.len()
        );
        for (name, input) in inputs {
            assert!(
                input.len() <= MAX_BYTES,
                "{}/{name} is longer than any input",
                target.name
            );
            eprintln!("{}/{name}", target.name);
            (target.run)(&input);
        }
    }
}
