#!/bin/sh
# SPDX-License-Identifier: MIT
# A compiler launcher that takes the libraries' objects from another build directory, where they are.
# Usage: reuse.sh <build directory> <compiler> <argument>...
set -eu

build=$1 to='' from='' typed=''
shift
for argument; do
  case $argument in
    -DTPOOL_FFI) typed=1 ;;
    *CMakeFiles/tpool_core.dir/*.o | *CMakeFiles/tpool_cluster_core.dir/*.o) # CMake's names of objects
      to=$argument
      from=$build/CMakeFiles/${to##*CMakeFiles/}
      ;;
    *libtpool.*.p/*.o) # Meson's, with the folders in one word
      to=$argument
      from=$(find "$build/CMakeFiles/tpool_core.dir" -name '*.o' -printf '%p %P\n' |
        awk -v word="${to##*/}" '{ gsub("/", "_", $2) } $2 == word { print $1 }')
      ;;
  esac
done
# These are others where there are no typed calls.
case $to in
  */src/call/* | */capi/*) [ -n "$typed" ] || from='' ;;
esac
if [ -e "$from" ]; then
  cp "$from" "$to"
else
  exec "$@"
fi
