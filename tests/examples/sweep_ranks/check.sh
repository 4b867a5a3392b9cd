#!/bin/sh
# SPDX-License-Identifier: MIT
# Runs the program on the words of the system's headers, alone and over ranks: the output is the same to the byte.
# Usage: check.sh <program>
set -eu
. "$(dirname "$0")/../ranks.sh"

program=$1
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
find /usr/include -maxdepth 1 -name '*.h' -exec cat {} + | LC_ALL=C tr -cs A-Za-z '\n' | LC_ALL=C sort |
  uniq -c | sort -rn > "$work/counts"

# compare <name> <command>...: the first run is what the others are compared with.
compare() {
  name=$1
  shift
  rm -f "$work/found"
  "$@" "$program" "$work/counts" "$work/found" 2> "$work/errors" || { cat "$work/errors"; exit 1; }
  [ -e "$work/expected" ] || cp "$work/found" "$work/expected"
  cmp "$work/expected" "$work/found" || { echo "differs: $name"; exit 1; }
  grep "^$(ranks_of "$name") ranks" "$work/errors" || { cat "$work/errors"; exit 1; }
}

with_each_launch "$program" compare

# The pair that is best has the least error of all.
tail -1 "$work/expected"
best=$(sed -n 's/^best: //p' "$work/expected")
least=$(grep -v best "$work/expected" | sort -gk3 | head -1)
[ "$best" = "${least% *}" ] || { echo "the least is $least"; exit 1; }
