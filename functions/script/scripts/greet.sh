#!/bin/sh
# Greets each argument, or the world.
set -eu
[ $# -gt 0 ] || set -- world
for name in "$@"; do
    printf 'Hello, %s!\n' "$name"
done
