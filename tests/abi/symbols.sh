#!/bin/sh
# SPDX-License-Identifier: MIT
# Checks that the headers, the symbol map and the library name the same functions, each in the node
# that its comment says it is there since.
# Usage: symbols.sh <library> <map> <header>...
set -eu

library=$1 map=$2
shift 2
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# Declarations start in the first column, comments and struct fields don't. Each has a "Since:" above.
awk '/Since: +TP_/ { since = $NF == "*/" ? $(NF - 1) : $NF }
     /^[A-Za-z].*[ *]tp_[a-z0-9_]+\(/ && !/^typedef/ {
       sub(/\(.*/, ""); sub(/.*[ *]/, ""); print since, $0; since = "none"
     }' "$@" | sort > "$work/headers"
[ -s "$work/headers" ] || { echo "no function found in $*"; exit 1; }

# TP_PRIVATE is for libtpool-cluster, and in no header.
awk '/^TP_[A-Z0-9.]+ {/ { node = $1 }
     node != "TP_PRIVATE" && /^ +tp_[a-z0-9_]+;/ { sub(/;/, ""); print node, $1 }' "$map" | sort > "$work/map"
{
  awk '{ print "T " $2 "@@" $1 }' "$work/map"
  awk '{ print "A " $1 }' "$work/map" | sort -u
} | sort > "$work/expected"
nm -D --defined-only "$library" | sed 's/^[^ ]* //' | grep -v 'TP_PRIVATE$' | sort > "$work/library"

diff -u "$work/headers" "$work/map"
diff -u "$work/expected" "$work/library"
