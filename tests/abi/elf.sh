#!/bin/sh
# SPDX-License-Identifier: MIT
# Checks what the dynamic loader will do with the installed library, and what its bytes tell.
# Usage: elf.sh <library> <soname> <path that it must not name>...
set -eu

library=$1 soname=$2
shift 2
dynamic=$(readelf -dW "$library")
segments=$(readelf -lW "$library")
imports=$(nm -D --undefined-only "$library" | sed 's/.* //; s/@.*//')
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
refuse "code that can be written" "$segments" '^ *LOAD .* RWE '
refuse "a search path" "$dynamic" '\((RPATH|RUNPATH)\)'
refuse "relocations in code" "$dynamic" '\(TEXTREL\)|\bTEXTREL\b'

# ld-linux is libc's own: it is there for thread-local variables.
needed=$(printf '%s\n' "$dynamic" | sed -n 's/.*(NEEDED).*\[\(.*\)\]/\1/p' |
  grep -vE '^(lib(stdc\+\+|m|gcc_s|c|ffi)\.so|ld-linux)' || true)
refuse "a library beyond the compiler's, libc and libffi" "$needed" '.'

# The compiler's own start and end file has one entry in each array.
word=$(readelf -hW "$library" | sed -n 's/.*Class: *ELF\(64\|32\)$/\1/p')
expect "no constructor" "$dynamic" "\(INIT_ARRAYSZ\) *$((word / 8)) "
expect "no static destructor" "$dynamic" "\(FINI_ARRAYSZ\) *$((word / 8)) "
refuse "code at the end of the process or of a thread" "$imports" \
  '^(__cxa_(thread_)?atexit(_impl)?|(at|on)_(quick_)?exit|atexit)$'
refuse "signal handlers or changes of the environment" "$imports" \
  '^(_*(sys|bsd_)?signal|sigaction|sigset|(set|unset|put)env)$'

# Debug information names the sources; what is shipped is without.
stripped=$(mktemp)
trap 'rm -f "$stripped"' EXIT
objcopy --strip-debug "$library" "$stripped"
for path; do
  ! strings -a "$stripped" | grep -F "$path" || { echo "unwanted: the path $path"; failed=1; }
done
exit $failed
