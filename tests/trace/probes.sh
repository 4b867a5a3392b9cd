#!/bin/sh
# SPDX-License-Identifier: MIT
# Compares the static probes of the library with the list of them, arguments included.
# Usage: probes.sh <library> <list>
set -eu
library=$1 list=$2
command -v readelf >/dev/null || { echo "no readelf"; exit 77; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# A probe in several places has a note for each.
readelf -nW "$library" | awk '
  /Provider: / { provider = $NF }
  /Name: / { name = $2 }
  /Arguments:/ { print provider ":" name, NF - 1 }' | sort -u >"$work/library"
# Its lines: | `tpool:name` | argument, argument | ... |
sed -n 's/^| `\(tpool:[a-z_]*\)` | \([^|]*\) |.*/\1,\2/p' "$list" |
  awk -F, '{ print $1, NF - 1 }' | sort -u >"$work/list"
[ -s "$work/list" ] || { echo "no probes in $list"; exit 1; }
diff -u "$work/list" "$work/library"
