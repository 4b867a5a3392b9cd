#!/bin/sh
# SPDX-License-Identifier: MIT
# Checks that a plugin which uses the C++ layer, and hides none of its symbols, can be unloaded: the
# headers bring no variable that is one for the process (STB_GNU_UNIQUE).
# Usage: plugin.sh gcc|clang <include directory> <cpp directory> <library>
set -eu

. "$(dirname "$0")/setup.sh"
library=$4

# Else the standard library, which stays, would come with the plugin and use what is in it.
"$cc" -o "$work/host" "$here/plugin_host.c" -ldl -Wl,--no-as-needed -lstdc++
for standard in c++17 c++20; do
  for level in -O0 -O2; do
    plugin=$work/$standard$level.so
    "$cxx" -std=$standard $level -DPLUGIN -fPIC -shared -I"$include" -I"$cpp" "$here/strict.cpp" \
      -o "$plugin" "$library" -Wl,-rpath,"$(dirname "$library")" -pthread
    unique=$(readelf -sW "$plugin" | awk '$5 == "UNIQUE" { print $8 }' | sort -u)
    [ -z "$unique" ] || { echo "unique in $standard $level: $unique"; failed=1; }
    timeout 60 "$work/host" "$plugin" > "$work/out" ||
      { tail -n 1 "$work/out"; echo "failed: $cxx $standard $level"; failed=1; }
  done
done
exit $failed
