"""Prints under which licences the crates in the functions are, and writes their texts into one file, as most of them ask of
whoever passes binaries on: licences.py FILE"""

import os
import re
import sys
from collections import defaultdict

from crates import FUNCTIONS, metadata, tree

TEXT = re.compile(r"(licen[cs]e|copying|notice|unlicense)", re.IGNORECASE)


def texts(package):
    """The licence files that the crate's archive has."""
    folder = os.path.dirname(package["manifest_path"])
    names = sorted(name for name in os.listdir(folder) if TEXT.match(name))
    for name in names:
        path = os.path.join(folder, name)
        if os.path.isfile(path):
            with open(path, errors="replace") as file:
                yield name, file.read().strip()


def main(path):
    packages = metadata()
    shipped = {crate for function in FUNCTIONS for crate in tree(function) if not crate[0].startswith("punctual")}
    by_licence, without = defaultdict(list), []
    with open(path, "w") as file:
        for crate in sorted(shipped):
            package = packages[crate]
            by_licence[(package["license"] or "?").replace("/", " OR ")].append(crate[0])
            found = list(texts(package))
            if not found:
                without.append("{} {}".format(*crate))
            for name, text in found:
                file.write("=" * 100 + "\n{} {}: {}\n\n{}\n\n".format(*crate, name, text))
    print("| licence | crates | for example |\n|---|--:|---|")
    for licence, crates in sorted(by_licence.items(), key=lambda entry: -len(entry[1])):
        print(f"| {licence} | {len(crates)} | {', '.join(crates[:3])} |")
    print(f"\n{len(shipped)} crates of others; the texts are in {path}")
    if without:
        print(f"{len(without)} archives hold no text, their metadata names the licence: {', '.join(without)}")


if __name__ == "__main__":
    main(sys.argv[1])
