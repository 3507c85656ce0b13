//! The mutations are patches: each must fit the code as it is, or it would show nothing.

use std::path::Path;
use std::process::Command;

#[test]
fn every_mutation_still_applies() {
    let package = Path::new(env!("CARGO_MANIFEST_DIR"));
    let root = package.join("../..");
    let mut patches: Vec<_> = std::fs::read_dir(package.join("mutations"))
        .expect("the patches")
        .map(|entry| entry.expect("a patch").path())
        .collect();
    patches.sort();
    assert!(patches.len() > 15, "{} patches", patches.len());
    for patch in patches {
        let text = std::fs::read_to_string(&patch).expect("a patch");
        let first = text.lines().next().unwrap_or_default();
        assert!(
            first.ends_with('.'),
            "{} must begin with what it breaks",
            patch.display()
        );
        let check = Command::new("git")
            .args(["apply", "--check"])
            .arg(&patch)
            .current_dir(&root)
            .output()
            .expect("git");
        let said = String::from_utf8_lossy(&check.stderr);
        assert!(check.status.success(), "{}: {said}", patch.display());
    }
}
