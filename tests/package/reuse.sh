#!/bin/sh
# SPDX-License-Identifier: MIT
# A compiler launcher that takes the library's objects from another build directory, where they are.
# Usage: reuse.sh <build directory> <compiler> <argument>...
set -eu

build=$1 to=
shift
for argument; do
  case $argument in
    *CMakeFiles/tpool_core.dir/*.o) to=$argument ;;
  esac
done
from=$build/CMakeFiles/tpool_core.dir/${to##*CMakeFiles/tpool_core.dir/}
if [ -n "$to" ] && [ -e "$from" ]; then
  cp "$from" "$to"
else
  exec "$@"
fi
