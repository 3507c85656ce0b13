#!/bin/sh
# Counts what comes by standard input.
exec wc
