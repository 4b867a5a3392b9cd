#!/bin/sh
# SPDX-License-Identifier: MIT
# Builds a program by rustc alone, in the current directory, and runs it. Usage: run.sh <rustc> <file>
set -eu
program=$PWD/$(basename "$2" .rs)
"$1" --edition 2021 -O -D warnings -L "native=$(dirname "$TPOOL_LIBRARY")" -o "$program" "$2"
exec "$program"
