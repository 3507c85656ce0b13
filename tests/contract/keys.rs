//! The protocol lists what lies in the tables: no key is written that it does not name.

use std::collections::BTreeSet;
use std::fs;

use crate::{path, read};

/// What a key begins with, if `literal` can be one: `J#`, `deferred#`, or a whole key in capitals.
fn key(literal: &str) -> Option<String> {
    let plain = |c: char| c.is_ascii_alphabetic() || c == '-';
    match literal.split_once('#') {
        Some((prefix, _)) if !prefix.is_empty() && prefix.chars().all(plain) => {
            Some(format!("`{prefix}#"))
        }
        Some(_) => None,
        None => {
            let capital = |c: char| c.is_ascii_uppercase() || c == '-';
            let whole = literal.len() > 1 && literal.chars().all(capital);
            whole.then(|| format!("`{literal}`"))
        }
    }
}

#[test]
fn every_key_of_the_tables_is_in_the_protocols_list() {
    let protocol = read("shared/docs/protocol.md");
    let (_, list) = protocol.split_once("\n## Tables\n").unwrap();
    let (list, _) = list.split_once("\n## ").unwrap();
    let mut keys = BTreeSet::new();
    for file in fs::read_dir(path("shared/src/aws/dynamo")).unwrap() {
        let text = fs::read_to_string(file.unwrap().path()).unwrap();
        let code = text.split("#[cfg(test)]").next().unwrap();
        let code = code.lines().map(str::trim_start);
        for line in code.filter(|line| !line.starts_with("//")) {
            // Between every other pair of quotes is a literal.
            keys.extend(line.split('"').skip(1).step_by(2).filter_map(key));
        }
    }
    for known in ["`OFFER#", "`SLOT#", "`deferred#", "`HOLDS-OVER`", "`SCAN`"] {
        assert!(keys.contains(known), "{known} is not found: {keys:?}");
    }
    let missing: Vec<_> = keys.iter().filter(|key| !list.contains(*key)).collect();
    assert!(missing.is_empty(), "{missing:?}");
}

#[test]
fn every_row_of_the_protocols_tables_has_as_many_cells_as_its_head() {
    let protocol = read("shared/docs/protocol.md");
    let mut cells = None;
    for line in protocol.lines() {
        let count = line.starts_with('|').then(|| line.matches('|').count());
        if let (Some(expected), Some(found)) = (cells, count) {
            assert_eq!(found, expected, "{line}");
        }
        cells = count;
    }
}
