#!/bin/sh
# SPDX-License-Identifier: MIT
# Checks that each file and test of taker/skipped.txt is there, and that none is named twice. Usage: complete.sh <tests>
set -eu
cd "$1"
there=$(mktemp)
named=$(mktemp)
trap 'rm -f "$there" "$named"' EXIT

for file in */*_test.cpp; do
  echo "$file"
  # the parts of a name that is longer than a line become one
  tr '\n' ' ' < "$file" | sed 's/" *"//g' |
    grep -oE 'TEST_CASE\( *"([^"\\]|\\.)*"' | sed -E "s|^TEST_CASE\( *\"|${file%%/*}/|; s/\"\$//; s/\\\\(.)/\1/g"
done | sort -u > "$there"
grep -v '^#' taker/skipped.txt | grep . | sort > "$named"
bad=$({ uniq -d "$named" && comm -23 "$named" "$there"; } | sort -u)
[ -z "$bad" ] || { echo "taker/skipped.txt has these twice, or they are not there:" && echo "$bad" && exit 1; }
