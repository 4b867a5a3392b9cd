#!/bin/sh
# SPDX-License-Identifier: MIT
# Checks that programs which ask for every warning of their compiler get none for the headers.
# Usage: strict.sh gcc|clang <include directory> <cpp directory>
set -eu

. "$(dirname "$0")/setup.sh"

case $cc in
  gcc)
    common='-Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wsign-conversion -Wcast-qual -Wcast-align=strict
      -Wundef -Wduplicated-cond -Wduplicated-branches -Wlogical-op -Wformat=2 -Wdouble-promotion
      -Wfloat-equal -Wnull-dereference -Wredundant-decls -Wmissing-declarations -Wswitch-enum
      -Wunused-macros'
    c='-Wstrict-prototypes -Wold-style-definition -Wmissing-prototypes -Wbad-function-cast -Wc++-compat'
    cxx_only='-Weffc++ -Wold-style-cast -Wuseless-cast -Wsuggest-override -Wnon-virtual-dtor
      -Woverloaded-virtual -Wzero-as-null-pointer-constant -Wstrict-null-sentinel -Wextra-semi
      -Wctor-dtor-privacy -Wcomma-subscript -Wredundant-tags -Wmismatched-tags -Wdeprecated-copy-dtor
      -Wcatch-value=3 -Wconditionally-supported -Wvolatile'
    ;;
  *)
    # Everything but what is about older standards, which these files are not for, or about the
    # bytes between fields.
    common='-Weverything -Wno-padded'
    c='-Wno-declaration-after-statement'
    cxx_only='-Wno-c++98-compat -Wno-c++98-compat-pedantic -Wno-c++98-compat-bind-to-temporary-copy
      -Wno-c++98-compat-local-type-template-args -Wno-c++98-compat-unnamed-type-template-args
      -Wno-pre-c++14-compat -Wno-pre-c++17-compat -Wno-pre-c++20-compat'
    ;;
esac

# compile <compiler> <options> <standards> <file>
compile() {
  for standard in $3; do
    # shellcheck disable=SC2086 # lists of options
    "$1" -std="$standard" -O2 $common $2 -Werror -pthread -I"$include" -I"$cpp" -c "$4" \
      -o "$work/object" || { echo "failed: $1 -std=$standard $4"; failed=1; }
  done
}

# macros.h is the source here, and the program includes it, too.
cp "$here/macros.h" "$work/macros.c"
cp "$here/macros.h" "$work/macros.cpp"
compile "$cc" "$c" 'c99 c17' "$work/macros.c"
compile "$cxx" "$cxx_only" 'c++11 c++20' "$work/macros.cpp"
compile "$cxx" "$cxx_only" 'c++17 c++20' "$here/strict.cpp"
exit $failed
