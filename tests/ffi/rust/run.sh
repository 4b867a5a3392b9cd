#!/bin/sh
# SPDX-License-Identifier: MIT
# Builds program.rs by rustc alone, in the current directory, and runs it. Usage: run.sh <rustc>
set -eu
"$1" --edition 2021 -O -D warnings -L "native=$(dirname "$TPOOL_LIBRARY")" -o program_rs \
  "$(dirname "$0")/program.rs"
exec ./program_rs
