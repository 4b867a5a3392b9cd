#!/bin/sh
# SPDX-License-Identifier: MIT
# A compiler launcher that takes the library's objects from another build directory, where they are.
# Usage: reuse.sh <build directory> <compiler> <argument>...
set -eu

objects=$1/CMakeFiles/tpool_core.dir to='' from=''
shift
for argument; do
  case $argument in
    *CMakeFiles/tpool_core.dir/*.o) # CMake's name of an object
      to=$argument
      from=$objects/${to##*CMakeFiles/tpool_core.dir/}
      ;;
    *libtpool.*.p/*.o) # Meson's, with the folders in one word
      to=$argument
      from=$(cd "$objects" && find . -name '*.o' | sed 's,^\./,,' | while read -r name; do
        [ "$(echo "$name" | tr / _)" != "${to##*/}" ] || echo "$objects/$name"
      done)
      ;;
  esac
done
if [ -e "$from" ]; then
  cp "$from" "$to"
else
  exec "$@"
fi
