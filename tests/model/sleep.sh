#!/bin/sh
# SPDX-License-Identifier: MIT
# Has spin search all states of sleep.pml, and find what its mutants do wrong.
# Usage: sleep.sh <C compiler>
set -eu

model=$(cd "$(dirname "$0")" && pwd)/sleep.pml
if ! command -v spin > /dev/null; then
  echo "No spin (Debian: spin): the search is left out"
  exit 77
fi
directory=$(mktemp -d)
trap 'rm -rf "$directory"' EXIT
cd "$directory"

# search <definitions>...: prints how many errors there are; fails when the search is not complete.
search() {
  spin "$@" -a "$model" > spin.log
  "$compiler" -O2 -w -o pan pan.c
  ./pan -m100000 > pan.log
  ! grep -q 'max search depth too small' pan.log
  sed -n 's/^State-vector.*errors: //p' pan.log
}
compiler=$1

status=0
# expect <errors> <definitions>...
expect() {
  wanted=$1
  shift
  found=$(search "$@")
  [ "$found" = "$wanted" ] || status=1
  echo "$*: ${found:-?} errors, $(sed -n 's/^ *\([0-9]*\) states, stored$/\1/p' pan.log) states"
}

expect 0 -DWORKERS=1 -DSUBMITTERS=2 -DTASKS=2
expect 0 -DWORKERS=2 -DSUBMITTERS=1 -DTASKS=2
expect 0 -DWORKERS=2 -DSUBMITTERS=1 -DTASKS=4
expect 0 -DWORKERS=2 -DSUBMITTERS=2 -DTASKS=1
expect 0 -DPAUSE -DWORKERS=2 -DSUBMITTERS=1 -DTASKS=2
for mutant in BLIND EARLY_LOOK SELFISH LATE_STOP NO_RETRY NO_TOKEN; do
  expect 1 -D$mutant -DWORKERS=2 -DSUBMITTERS=2 -DTASKS=1
done
for mutant in QUIET EARLY_WAKE; do
  expect 1 -D$mutant -DPAUSE -DWORKERS=2 -DSUBMITTERS=1 -DTASKS=2
done
exit $status
