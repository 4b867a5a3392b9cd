#!/bin/sh
# SPDX-License-Identifier: MIT
# Checks that to load the library does nothing but load it: it makes no system call that the loader
# does not make for the libraries which it needs; so no thread, file, descriptor or signal handler.
# Usage: load.sh <library>
set -eu

library=$1
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

command -v strace > /dev/null || { echo "no strace"; exit 77; }
strace -o "$work/probe" true 2> "$work/error" || { cat "$work/error"; exit 77; }

# trace <name> <libraries>: their loading as <name>, each call without its process, and its answer.
trace() {
  strace -f -qq -o "$work/$1.raw" -E LD_PRELOAD="$2" true
  sed 's/^[0-9]* *//; s/ = [^=]*$//' "$work/$1.raw" > "$work/$1"
}
trace with "$library"
grep -qF "\"$library\"" "$work/with" || { echo "not loaded: $library"; exit 1; }
trace without "$(readelf -dW "$library" | sed -n 's/.*(NEEDED).*\[\(.*\)\]/\1/p' | tr '\n' ':')"

# What maps a file, or the loader's own memory, happens once more for one more library.
calls() {
  sed 's/(.*//' "$1" |
    grep -vxE 'openat|close|read|pread64|fstat|newfstatat|mmap|mprotect|munmap|brk' | sort
}
# Each file, and how it is opened; the order is another one.
files() {
  sed -n 's/^openat(//p' "$1" | sort
}
# Descriptors that stay open.
kept() {
  echo $(($(grep -c '^openat(' "$1") - $(grep -c '^close(' "$1")))
}

failed=0
for name in with without; do
  calls "$work/$name" > "$work/$name.calls"
  { files "$work/$name"; kept "$work/$name"; } > "$work/$name.files"
done
diff -u "$work/without.calls" "$work/with.calls" || failed=1
grep -vF "\"$library\", O_RDONLY|O_CLOEXEC" "$work/with.files" |
  diff -u "$work/without.files" - || failed=1
exit $failed
