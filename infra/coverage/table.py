"""Prints llvm-cov's summary as a table: a line for each module of the crate, and its files below a bound.

    table.py summary.json shared/src
"""

import json
import os
import sys
from collections import defaultdict

# Files below this are named: they are what a reader wants to see.
LOW_PERCENT = 80


def module(path):
    """The first folder, or the first two under domain and plan."""
    parts = path.split("/")
    depth = 2 if parts[0] in ("domain", "plan") and len(parts) > 2 else 1
    return "/".join(parts[:depth]) if len(parts) > 1 else path


def percent(covered, count):
    return 100 * covered / count if count else 100.0


def main(summary, root):
    root = os.path.abspath(root) + "/"
    with open(summary) as file:
        files = json.load(file)["data"][0]["files"]
    modules, low = defaultdict(lambda: [0, 0]), []
    for entry in files:
        if not entry["filename"].startswith(root):
            continue
        path, lines = entry["filename"][len(root) :], entry["summary"]["lines"]
        for name in (module(path), "all"):
            modules[name][0] += lines["covered"]
            modules[name][1] += lines["count"]
        share = percent(lines["covered"], lines["count"])
        if share < LOW_PERCENT:
            low.append((share, path, lines["count"]))
    total = modules.pop("all")
    print("| module | lines | covered |\n|---|---:|---:|")
    for name, (covered, count) in sorted(modules.items()):
        print(f"| {name} | {count} | {percent(covered, count):.1f} % |")
    print(f"| all | {total[1]} | {percent(*total):.1f} % |")
    untouched = sum(share == 0 for share, _, _ in low)
    print(f"\n{untouched} files have no line that is run here: other tiers test them. Below {LOW_PERCENT} %, but not at 0:")
    for share, path, count in sorted(low):
        if share > 0:
            print(f"  {share:5.1f} % of {count:4} {path}")


if __name__ == "__main__":
    main(*sys.argv[1:])
