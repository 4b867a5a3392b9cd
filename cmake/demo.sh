#!/bin/sh
# SPDX-License-Identifier: MIT
# Builds and installs the library into build/demo/prefix, then builds the checksum program outside
# of the tree with nothing but the compiler and pkg-config, and runs it. It must print what sha256sum
# prints. With --cluster, three processes of Open MPI share the files out.
# Usage: demo.sh [--cluster] [folder]..., default /usr/include
set -eu

top=$(cd "$(dirname "$0")/.." && pwd)
build=$top/build/demo
prefix=$build/prefix
cluster=OFF
if [ "${1:-}" = --cluster ]; then
  cluster=ON
  shift
fi
[ $# -gt 0 ] || set -- /usr/include
for folder; do
  [ -e "$folder" ] || { echo "demo.sh: $folder: no such folder" >&2; exit 2; }
done

sh "$top/cmake/setup.sh" g++ cmake make pkg-config libffi-dev libssl-dev
[ $cluster = OFF ] || sh "$top/cmake/setup.sh" openmpi-bin libopenmpi-dev

rm -rf "$prefix"
cmake -S "$top" -B "$build" --preset release -DTPOOL_TESTS=OFF -DTPOOL_WERROR=OFF \
  -DTPOOL_CLUSTER=$cluster -DCMAKE_INSTALL_PREFIX="$prefix" -DCMAKE_INSTALL_LIBDIR=lib
cmake --build "$build" -j "$(nproc)"
cmake --install "$build"

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cp "$top"/tests/examples/checksum/checksum.c "$top"/tests/examples/checksum_ranks/checksum_ranks.cpp "$work"
export PKG_CONFIG_PATH="$prefix/lib/pkgconfig" LD_LIBRARY_PATH="$prefix/lib"

# run <folder>...: the program, built in the way that its first comment says.
# shellcheck disable=SC2046 # flags are words
if [ $cluster = ON ]; then
  (
    cd "$work"
    set -x
    c++ -std=c++17 -O2 checksum_ranks.cpp $(pkg-config --cflags --libs tpool-cluster libcrypto) -o checksum
  )
  # The program writes into the file: mpirun of Open MPI 5.0.7 loses some of what it forwards.
  # shellcheck disable=SC2016 # expanded by the inner shell
  run() {
    mpirun.openmpi --allow-run-as-root --oversubscribe -n 3 sh -c 'exec "$@" >> "$0"' "$work/sums" "$work/checksum" "$@"
  }
else
  (
    cd "$work"
    set -x
    cc -O2 checksum.c $(pkg-config --cflags --libs tpool libcrypto) -o checksum
  )
  run() {
    "$work/checksum" "$@"
  }
fi

# What can't be read is an error of one file, told on stderr by whoever tries.
find -H "$@" -type f -print0 | LC_ALL=C sort -z | xargs -0 -r sha256sum > "$work/expected" || true

status=0
{ run "$@" > "$work/sums"; } 2>&1 || status=$?
if [ $status -gt 1 ] || ! cmp "$work/expected" "$work/sums"; then
  echo "checksum does not print what sha256sum prints"
  exit 1
fi
echo "checksum prints what sha256sum prints; files hashed: $(wc -l < "$work/expected")"
