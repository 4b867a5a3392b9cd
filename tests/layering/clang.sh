#!/bin/sh
# SPDX-License-Identifier: MIT
# Checks that clang, too, compiles without a warning: the core and the tests of rooms, in the pieces of this build
# (TPOOL_TEST_PIECES), libtpool-cluster, and the programs of tests/. The models need Clang 16.
# Usage: clang.sh <build directory>
set -eu

command -v clang > /dev/null || { echo "no clang"; exit 77; }
commands=$(mktemp)
trap 'rm -f "$commands"' EXIT

# A line is "command": "<compiler> <options> -o <object> -c <source>", with JSON's backslashes. GCC has precompiled
# what it includes first, and takes C++17 for the standard where none is named.
sed -nE 's/^ *"command": "[^ ]+ (.*) -o [^ ]+ -c ([^ ]+)",?$/\1 \2/p' "$1/compile_commands.json" |
  sed -E 's/\\(.)/\1/g; s/-include [^ ]*cmake_pch.hxx//; s/.*(cpp|cxx)$/-std=gnu++17 &/' |
  grep -E '/Unity/[^ ]*xx$|/src/cluster/[^ ]*cpp$|/tests/[^ ]*(c|cpp)$' |
  grep -Ev '/conformance|/model/' | sort -u > "$commands"
grep -q /Unity/ "$commands" || { echo "no pieces"; exit 77; }

tr '\n' '\0' < "$commands" |
  xargs -0 -I '{}' -P "$(nproc)" sh -c 'clang -fsyntax-only -Wthread-safety -Wno-unknown-warning-option \
    -Wno-ignored-optimization-argument {}'
