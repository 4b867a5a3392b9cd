#!/bin/sh
# SPDX-License-Identifier: MIT
# Checks that the library can be loaded late into a process where others have used up nearly all static
# TLS: it takes 64 bytes of it at most.
# Usage: tls.sh <library> <C compiler> <sources>
set -eu

library=$1 cc=$2 here=$3
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

size=$(readelf -lW "$library" | awk '$1 == "TLS" { print $6 }')
[ "$((size))" -le 64 ] || { echo "static TLS: $((size)) bytes, more than 64"; exit 1; }

# What the library needs is there from the start, and is not counted.
needed=$(readelf -dW "$library" | sed -n 's/.*(NEEDED).*\[lib\([^]]*\)\.so.*/-l\1/p' |
  grep -vE '^-l(c|gcc_s)$' | tr '\n' ' ')
"$cc" -fPIC -shared -o "$work/filler.so" "$here/tls_filler.c"
"$cc" -o "$work/main" "$here/tls_main.c" -ldl -Wl,--no-as-needed $needed 2> "$work/error" ||
  "$cc" -o "$work/main" "$here/tls_main.c" -ldl
fillers=
for i in $(seq 200); do
  cp "$work/filler.so" "$work/filler$i.so"
  fillers="$fillers $work/filler$i.so"
done
# shellcheck disable=SC2086
"$work/main" "$library" $fillers
