#!/bin/sh
# SPDX-License-Identifier: MIT
# Compares the program's output with that of sha256sum: alone, and under the launcher of each MPI that there is an
# engine for.
# Usage: check.sh <program>
set -eu
. "$(dirname "$0")/../ranks.sh"

program=$1
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
folder=/usr/include/linux
[ -d "$folder" ] || folder=$(dirname "$0")/..
find "$folder" -type f -exec sha256sum {} + | LC_ALL=C sort -k2 > "$work/expected"

# compare <name> <command>...: runs the program. It writes into a file: mpirun of Open MPI 5.0.7 loses some of what
# it forwards.
compare() {
  name=$1
  shift
  : > "$work/lines"
  # shellcheck disable=SC2016 # expanded by the inner shell
  "$@" sh -c 'exec "$@" >> "$0"' "$work/lines" "$program" "$folder" 2> "$work/errors" ||
    { cat "$work/errors"; exit 1; }
  LC_ALL=C sort -k2 "$work/lines" > "$work/found"
  cmp "$work/expected" "$work/found" || { echo "differs: $name"; exit 1; }
  grep "^$(ranks_of "$name") ranks" "$work/errors" || { cat "$work/errors"; exit 1; }
}

# trace <name> <command>...: runs the program with a trace, which has a row for each rank, or each worker. One MPI is
# enough.
trace() {
  case $1 in
    alone) row=tpool-w0 ;;
    openmpi) row='tpool rank [0-2]' ;;
    *) return 0 ;;
  esac
  shift
  "$@" "$program" --trace "$work/trace" "$folder" > /dev/null 2> "$work/errors" || { cat "$work/errors"; exit 1; }
  grep -q "\"$row\"" "$work/trace" && grep -q '"checksum \[0, ' "$work/trace" || { echo "no $row"; exit 1; }
}

with_each_launch "$program" compare
with_each_launch "$program" trace
