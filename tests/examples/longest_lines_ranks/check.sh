#!/bin/sh
# SPDX-License-Identifier: MIT
# Compares what the program writes with what awk finds in the system's headers: alone and over ranks.
# Usage: check.sh <program>
set -eu
. "$(dirname "$0")/../ranks.sh"

program=$1
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
: > "$work/empty"
for file in "$work/empty" /usr/include/*.h; do
  LC_ALL=C awk -v path="$file" '
    length($0) > most || NR == 1 { most = length($0); line = $0 }
    END { print path ": " line }' "$file"
done > "$work/expected"

# compare <name> <command>...
compare() {
  name=$1
  shift
  rm -f "$work/found"
  "$@" "$program" "$work/found" "$work/empty" /usr/include/*.h 2> "$work/errors" || { cat "$work/errors"; exit 1; }
  cmp "$work/expected" "$work/found" || { echo "differs: $name"; exit 1; }
  grep "^$(ranks_of "$name") ranks" "$work/errors" || { cat "$work/errors"; exit 1; }
  # a file that is not there fails, and is named
  if "$@" "$program" "$work/found" /usr/include/stdio.h "$work/none" 2> "$work/errors"; then exit 1; fi
  grep -q "can't read $work/none" "$work/errors" || { cat "$work/errors"; exit 1; }
}

with_each_launch "$program" compare
