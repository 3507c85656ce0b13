//! Layers look down only.

use std::fs;
use std::path::Path;

use crate::path;

/// What a layer must not name.
const FORBIDDEN: [(&str, &[&str]); 4] = [
    (
        "shared/src/domain",
        &[
            "crate::plan",
            "crate::port",
            "crate::usecase",
            "crate::jobtype",
            "crate::aws",
            "crate::edge",
            "tokio",
            "async fn",
            "aws_",
        ],
    ),
    (
        "shared/src/port",
        &[
            "crate::plan",
            "crate::usecase",
            "crate::jobtype",
            "crate::aws",
            "crate::edge",
            "tokio",
            "aws_",
        ],
    ),
    (
        "shared/src/plan",
        &[
            "crate::usecase",
            "crate::jobtype",
            "crate::aws",
            "crate::edge",
            "tokio",
            "async fn",
            "aws_",
            "Utc::now",
        ],
    ),
    (
        "shared/src/usecase",
        &["crate::aws", "crate::edge", "aws_", "Utc::now"],
    ),
];

#[test]
fn no_layer_names_one_above_it() {
    for (layer, forbidden) in FORBIDDEN {
        let mut files = 0;
        visit(&path(layer), &mut |file, text| {
            files += 1;
            for name in forbidden {
                let code = text
                    .lines()
                    .filter(|line| !line.trim_start().starts_with("//"));
                for line in code {
                    assert!(!line.contains(name), "{}: {line}", file.display());
                }
            }
        });
        assert!(files > 3, "{layer} has moved");
    }
}

#[test]
fn only_the_aws_layers_name_an_sdk() {
    visit(&path("shared/src"), &mut |file, text| {
        let is_aws = file
            .components()
            .any(|part| part.as_os_str() == "aws" || part.as_os_str() == "edge");
        assert!(is_aws || !text.contains("aws_sdk"), "{}", file.display());
    });
}

fn visit(folder: &Path, seen: &mut impl FnMut(&Path, &str)) {
    for entry in fs::read_dir(folder).unwrap() {
        let entry = entry.unwrap().path();
        if entry.is_dir() {
            visit(&entry, seen);
        } else if entry.extension().is_some_and(|extension| extension == "rs") {
            seen(&entry, &fs::read_to_string(&entry).unwrap());
        }
    }
}
