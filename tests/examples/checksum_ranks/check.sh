#!/bin/sh
# SPDX-License-Identifier: MIT
# Compares the program's output with that of sha256sum: alone, and under each launcher of MPI that is there.
# Usage: check.sh <program>
set -eu

program=$1
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
folder=/usr/include/linux
[ -d "$folder" ] || folder=$(dirname "$0")/..
find "$folder" -type f -exec sha256sum {} + | LC_ALL=C sort -k2 > "$work/expected"

# compare <name> <command>...: runs the program.
compare() {
  name=$1
  shift
  "$@" "$program" "$folder" 2> "$work/errors" | LC_ALL=C sort -k2 > "$work/found" || { cat "$work/errors"; exit 1; }
  cmp "$work/expected" "$work/found" || { echo "differs: $name"; exit 1; }
  grep ranks "$work/errors" || { cat "$work/errors"; exit 1; }
}

compare alone env
if command -v mpirun.openmpi > /dev/null; then
  compare openmpi timeout 60 mpirun.openmpi --allow-run-as-root --oversubscribe -n 3
fi
if command -v mpiexec.mpich > /dev/null; then
  compare mpich timeout 60 mpiexec.mpich -n 3
fi
