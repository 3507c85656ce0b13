"""Which crates end up in a function's binary, as cargo resolves them: features as they are for that function alone, for the
platform that is deployed, without what only builds or tests need."""

import json
import re
import subprocess

PLATFORM = "aarch64-unknown-linux-gnu"
FUNCTIONS = ("api", "scanner", "worker", "dlq", "reconciler", "script")


def _cargo(*arguments):
    return subprocess.run(["cargo", *arguments], check=True, capture_output=True, text=True).stdout


def metadata():
    """Every package of the workspace's graph, by (name, version)."""
    found = json.loads(_cargo("metadata", "--locked", "--format-version", "1", "--filter-platform", PLATFORM))
    return {(package["name"], package["version"]): package for package in found["packages"]}


def checksums(lock="Cargo.lock"):
    """The SHA-256 of each crate's archive, by (name, version), as the lock file pins it."""
    pattern = re.compile(r'name = "(.+)"\nversion = "(.+)"\nsource = ".+"\nchecksum = "([0-9a-f]{64})"')
    with open(lock) as file:
        return {(name, version): checksum for name, version, checksum in pattern.findall(file.read())}


def tree(function):
    """The crates of a function and what each needs: {(name, version): {(name, version), ...}}. Its own are among them."""
    lines = _cargo(
        "tree", "--locked", "-p", f"punctual-{function}", "-e", "normal,no-proc-macro", "--target", PLATFORM,
        "--prefix", "depth", "--format", " {p}",
    ).splitlines()
    needs, above = {}, []
    for line in lines:
        depth, name, version = re.match(r"(\d+) (\S+) v(\S+)", line).groups()
        crate, depth = (name, version), int(depth)
        needs.setdefault(crate, set())
        del above[depth:]
        if above:
            needs[above[-1]].add(crate)
        above.append(crate)
    return needs
