//! The Lambda binary: wiring only.

fn main() {}
