"""Writes a software bill of materials for each function, as CycloneDX 1.6: sbom.py FOLDER

Nothing in it but what the lock file, the crates and the built binary say: the same commit gives the same bytes."""

import hashlib
import json
import os
import sys

from crates import FUNCTIONS, checksums, metadata, tree


def reference(crate):
    return "pkg:cargo/{}@{}".format(*crate)


def component(crate, package, checksum):
    """What is said of one crate. Ours have no checksum: they are this commit."""
    said = {
        "type": "library",
        "bom-ref": reference(crate),
        "name": crate[0],
        "version": crate[1],
        "purl": reference(crate),
    }
    if package.get("license"):
        said["licenses"] = [{"expression": package["license"].replace("/", " OR ")}]
    if checksum:
        said["hashes"] = [{"alg": "SHA-256", "content": checksum}]
    if package.get("repository"):
        said["externalReferences"] = [{"type": "vcs", "url": package["repository"]}]
    return said


def built(function):
    """The digest of the function's binary, where it has been built."""
    path = f"target/lambda/{function}/bootstrap"
    if not os.path.exists(path):
        return []
    with open(path, "rb") as file:
        return [{"alg": "SHA-256", "content": hashlib.sha256(file.read()).hexdigest()}]


def bill(function, packages, pinned):
    needs = tree(function)
    own = next(crate for crate in needs if crate[0] == f"punctual-{function}")
    subject = component(own, packages[own], None) | {"type": "application"}
    if digests := built(function):
        subject["hashes"] = digests
    others = sorted(crate for crate in needs if crate != own)
    return {
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "version": 1,
        "metadata": {"component": subject},
        "components": [component(crate, packages[crate], pinned.get(crate)) for crate in others],
        "dependencies": [
            {"ref": reference(crate), "dependsOn": sorted(map(reference, needs[crate]))} for crate in sorted(needs)
        ],
    }


def main(folder):
    packages, pinned = metadata(), checksums()
    os.makedirs(folder, exist_ok=True)
    for function in FUNCTIONS:
        made = bill(function, packages, pinned)
        path = os.path.join(folder, f"{function}.cdx.json")
        with open(path, "w") as file:
            json.dump(made, file, indent=1)
            file.write("\n")
        unpinned = [one["name"] for one in made["components"] if "hashes" not in one]
        print(f"{path}: {len(made['components'])} crates, of which {len(unpinned)} are ours ({', '.join(unpinned)})")


if __name__ == "__main__":
    main(sys.argv[1])
