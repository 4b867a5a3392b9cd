#!/bin/sh
# SPDX-License-Identifier: MIT
# Builds and installs the library into build/demo/prefix, then builds the checksum program outside
# of the tree with nothing but the compiler and pkg-config, and runs it. It must print what sha256sum
# prints. Usage: demo.sh [folder]..., default /usr/include
set -eu

top=$(cd "$(dirname "$0")/.." && pwd)
build=$top/build/demo
prefix=$build/prefix
[ $# -gt 0 ] || set -- /usr/include
for folder; do
  [ -e "$folder" ] || { echo "demo.sh: $folder: no such folder" >&2; exit 2; }
done

sh "$top/cmake/setup.sh" g++ cmake make pkg-config libffi-dev libssl-dev

rm -rf "$prefix"
cmake -S "$top" -B "$build" --preset release -DTPOOL_TESTS=OFF -DTPOOL_WERROR=OFF \
  -DCMAKE_INSTALL_PREFIX="$prefix" -DCMAKE_INSTALL_LIBDIR=lib
cmake --build "$build" -j "$(nproc)"
cmake --install "$build"

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cp "$top"/tests/examples/checksum/checksum.c "$work"
export PKG_CONFIG_PATH="$prefix/lib/pkgconfig" LD_LIBRARY_PATH="$prefix/lib"

# shellcheck disable=SC2046 # flags are words
(
  cd "$work"
  set -x
  cc -O2 checksum.c $(pkg-config --cflags --libs tpool libcrypto) -o checksum
)

# What can't be read is an error of one file, told on stderr by whoever tries.
find -H "$@" -type f -print0 | LC_ALL=C sort -z | xargs -0 -r sha256sum > "$work/expected" || true

status=0
{ "$work/checksum" "$@" > "$work/sums"; } 2>&1 || status=$?
if [ $status -gt 1 ] || ! cmp "$work/expected" "$work/sums"; then
  echo "checksum does not print what sha256sum prints"
  exit 1
fi
echo "checksum prints what sha256sum prints; files hashed: $(wc -l < "$work/expected")"
