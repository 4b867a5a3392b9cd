#!/bin/sh
# SPDX-License-Identifier: MIT
# Checks that the core compiles in C++20 and newer, and the tests of the C++ layer in C++17 and
# newer, without a warning. Usage: standards.sh <compiler> <source directory>
set -eu

cxx=$1
cd "$2"
command -v "$cxx" > /dev/null || { echo "no $cxx"; exit 77; }
warnings='-Wall -Wextra -Wshadow -Wconversion -Wformat=2 -Werror'
case $cxx in
  clang*) warnings="$warnings -Wthread-safety" ;;
esac

# compile <option>...: the files that are named on standard input, one a line, in the $standard.
compile() {
  echo "$cxx -std=$standard"
  # shellcheck disable=SC2086 # a list of options
  xargs -n 1 -P "$(nproc)" "$cxx" -fsyntax-only -std="$standard" "$@" $warnings -Iinclude
}

for standard in c++20 c++2b; do
  printf '%s\n' src/*/*.cpp capi/*.cpp | compile -DTPOOL_FFI '-DTPOOL_VERSION=""' -Isrc -I.
done
for standard in c++17 c++20 c++2b; do
  printf '%s\n' tests/cpp/*_test.cpp | compile -Icpp -Itests
done
