//! The targets for libFuzzer: one binary, and `FUZZ_TARGET` says which. Its engine sees the targets' own kind of
//! mutations beside its own.
#![no_main]

use std::sync::LazyLock;

use libfuzzer_sys::{fuzz_mutator, fuzz_target, fuzzer_mutate};
use punctual_fuzz::mutate::{Random, mutated};
use punctual_fuzz::{TARGETS, Target, target};

static TARGET: LazyLock<&'static Target> = LazyLock::new(|| {
    let name = std::env::var("FUZZ_TARGET").unwrap_or_default();
    target(&name).unwrap_or_else(|| {
        let names: Vec<_> = TARGETS.iter().map(|target| target.name).collect();
        panic!("FUZZ_TARGET is {name:?}; known are {}", names.join(", "))
    })
});

fuzz_target!(|bytes: &[u8]| (TARGET.run)(bytes));

fuzz_mutator!(
    |bytes: &mut [u8], size: usize, max_size: usize, seed: u32| {
        // The engine's own changes one time in four: it knows which bytes are compared with what.
        if seed % 4 == 0 {
            return fuzzer_mutate(bytes, size, max_size);
        }
        let Target { form, words, .. } = **TARGET;
        let mut random = Random::new(seed.into());
        let changed = mutated(
            form,
            words,
            &bytes[..size],
            &bytes[..size],
            max_size,
            &mut random,
        );
        bytes[..changed.len()].copy_from_slice(&changed);
        changed.len()
    }
);
