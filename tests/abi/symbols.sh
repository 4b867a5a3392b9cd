#!/bin/sh
# SPDX-License-Identifier: MIT
# Checks that the headers, the symbol map and the library name the same functions, all in node TP_1.
# Usage: symbols.sh <library> <include directory> <map>
set -eu

library=$1 headers=$2 map=$3
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# Declarations start in the first column, comments and struct fields don't.
grep -hE '^[A-Za-z].*\btp_[a-z0-9_]+\(' "$headers"/tpool/*.h | grep -v '^typedef' |
  sed 's/(.*//; s/.*[ *]//' | sort > "$work/headers"
[ -s "$work/headers" ] || { echo "no function found in $headers"; exit 1; }

sed -n '/^TP_1 {/,/^}/p' "$map" | grep -oE '\btp_[a-z0-9_]+;' | tr -d ';' | sort > "$work/map"
nm -D --defined-only "$library" | sed 's/^[^ ]* //' | sort > "$work/library"
{ sed 's/.*/T &@@TP_1/' "$work/headers"; echo 'A TP_1'; } | sort > "$work/expected"

diff -u "$work/headers" "$work/map"
diff -u "$work/expected" "$work/library"
