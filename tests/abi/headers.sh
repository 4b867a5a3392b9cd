#!/bin/sh
# SPDX-License-Identifier: MIT
# Checks that each header compiles alone, in each language version that it promises.
# Usage: headers.sh gcc|clang <include directory> <cpp directory>
set -eu

. "$(dirname "$0")/setup.sh"
warnings='-Wall -Wextra -Wpedantic -Wshadow -Wconversion -Werror'

# compile <compiler> <language> <standards> <file>: a source file that includes it first. C wants
# one declaration in a source file; a header of macros has none.
compile() {
  for standard in $3; do
    # shellcheck disable=SC2086 # a list of options
    printf '#include "%s"\nextern int declared;\n' "$4" |
      "$1" -x "$2" -std="$standard" $warnings -I"$include" -I"$cpp" -fsyntax-only - ||
      { echo "failed: $1 -std=$standard $4"; failed=1; }
    checked=$((checked + 1))
  done
}

for file in "$include"/tpool/*.h "$here/macros.h"; do
  compile "$cc" c 'c99 c11 c17 c2x' "$file"
  compile "$cxx" c++ 'c++11 c++14 c++17 c++20' "$file"
done
for file in "$cpp"/tpool/*.hpp "$cpp"/tpool/*/*.hpp; do
  compile "$cxx" c++ 'c++17 c++20' "$file"
done
echo "$checked compiled"
exit $failed
