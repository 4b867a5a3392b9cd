#!/bin/sh
# SPDX-License-Identifier: MIT
# Compares the program's output with that of sha256sum: alone, and under the launcher of each MPI that there is an
# engine for.
# Usage: check.sh <program>
set -eu

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
  grep ranks "$work/errors" || { cat "$work/errors"; exit 1; }
}

# trace <name of a row> <command>...: runs the program with a trace.
trace() {
  row=$1
  shift
  "$@" "$program" --trace "$work/trace" "$folder" > /dev/null 2> "$work/errors" || { cat "$work/errors"; exit 1; }
  grep -q "\"$row\"" "$work/trace" && grep -q '"checksum \[0, ' "$work/trace" || { echo "no $row"; exit 1; }
}

engines=$(dirname "$(ldd "$program" | sed -n 's/.*libtpool-cluster[^ ]* => \([^ ]*\) .*/\1/p')")/tpool
compare alone env
trace tpool-w0 env
# launches <engine> <launcher>...: whether there is the engine, and the launcher starts something.
launches() {
  engine=$1
  shift
  [ -e "$engines/cluster-$engine.so" ] || return 1
  timeout 60 "$@" -n 2 true < /dev/null > /dev/null 2>&1 || {
    echo "$engine starts nothing here: its test of checksum_ranks is left out"
    return 1
  }
}

if launches openmpi mpirun.openmpi --allow-run-as-root --oversubscribe; then
  compare openmpi timeout 60 mpirun.openmpi --allow-run-as-root --oversubscribe -n 3
  trace 'tpool rank [0-2]' timeout 60 mpirun.openmpi --allow-run-as-root --oversubscribe -n 3
fi
if launches mpich mpiexec.mpich; then
  compare mpich timeout 60 mpiexec.mpich -n 3
fi
