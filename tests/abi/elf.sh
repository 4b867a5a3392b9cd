#!/bin/sh
# SPDX-License-Identifier: MIT
# Checks what the dynamic loader will do with the library. Usage: elf.sh <library> <soname>
set -eu

library=$1 soname=$2
dynamic=$(readelf -dW "$library")
segments=$(readelf -lW "$library")
failed=0

expect() {
  printf '%s\n' "$2" | grep -qE "$3" || { echo "missing: $1"; failed=1; }
}
refuse() {
  ! printf '%s\n' "$2" | grep -E "$3" || { echo "unwanted: $1"; failed=1; }
}

expect "SONAME $soname" "$dynamic" "\(SONAME\).*\[$soname\]"
expect "immediate binding" "$dynamic" '\(FLAGS_1\).*\bNOW\b'
expect "no unloading" "$dynamic" '\(FLAGS_1\).*\bNODELETE\b'
expect "RELRO" "$segments" '^ *GNU_RELRO'
expect "a stack that is not executable" "$segments" '^ *GNU_STACK .* RW  '
refuse "a search path" "$dynamic" '\((RPATH|RUNPATH)\)'
refuse "relocations in code" "$dynamic" '\(TEXTREL\)|\bTEXTREL\b'

# ld-linux is libc's own: it is there for thread-local variables.
needed=$(printf '%s\n' "$dynamic" | sed -n 's/.*(NEEDED).*\[\(.*\)\]/\1/p' |
  grep -vE '^(lib(stdc\+\+|m|gcc_s|c|ffi)\.so|ld-linux)' || true)
refuse "a library beyond the compiler's, libc and libffi" "$needed" '.'
exit $failed
