#!/bin/sh
# SPDX-License-Identifier: MIT
# Checks that CMake refuses another system, a processor without the atomics that the library needs, and old compilers,
# each in a sentence that says why; that TPOOL_ANY_PLATFORM lets it go on; and that no part of the tree asks for a
# newer CMake than PLATFORMS.md says. Usage: platform.sh <source directory> <cmake>
set -eu

source=$1 cmake=$2
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

fail() {
  echo "$1"
  cat "$work/log"
  exit 1
}

configure() {
  rm -rf "$work/build"
  "$cmake" -S "$source" -B "$work/build" -DTPOOL_TESTS=OFF -DTPOOL_CLUSTER=OFF -DTPOOL_FFI=OFF "$@" > "$work/log" 2>&1
}

# refuse <sentence> <option>...: CMake breaks the lines of what it says.
refuse() {
  sentence=$1
  shift
  ! configure "$@" || fail "CMake takes $*"
  tr -s ' \n' ' ' < "$work/log" | grep -qF "libtpool: $sentence" || fail "CMake does not say: $sentence"
  tr -s ' \n' ' ' < "$work/log" | grep -qF "PLATFORMS.md lists what is supported" || fail "CMake names no list"
}

# CMake tries the compiler before it comes to the library: nothing is linked for a system that is not here.
no_link=-DCMAKE_TRY_COMPILE_TARGET_TYPE=STATIC_LIBRARY
for system in Windows Darwin FreeBSD; do
  refuse "it needs Linux (futexes), not $system." -DCMAKE_SYSTEM_NAME=$system $no_link
done

case $(uname -m) in
  x86_64 | i?86)
    refuse "it needs lock-free atomics of 8 bytes, and i486 has none." -DCMAKE_SYSTEM_NAME=Linux \
      -DCMAKE_SYSTEM_PROCESSOR=i486 -DCMAKE_C_FLAGS=-m32 "-DCMAKE_CXX_FLAGS=-m32 -march=i486" $no_link
    ;;
  *) echo "no compiler for i486" ;;
esac

# older <compiler> <macro> <version>: a compiler that takes itself for an older one.
older() {
  printf '#!/bin/sh\nexec %s -U%s -D%s=%s "$@"\n' "$1" "$2" "$2" "$3" > "$work/$1"
  chmod +x "$work/$1"
}
older g++ __GNUC__ 10
older clang++ __clang_major__ 13
for compiler in 'g++ 11, not 10.' 'clang 14, not 13.'; do
  program=${compiler%% *}
  [ "$program" = g++ ] || program=clang++
  command -v "$program" > /dev/null || { echo "no $program"; continue; }
  refuse "it needs $compiler" "-DCMAKE_CXX_COMPILER=$work/$program"
  configure "-DCMAKE_CXX_COMPILER=$work/$program" -DTPOOL_ANY_PLATFORM=ON || fail "$program: not even tried"
done

# What PLATFORMS.md calls the oldest CMake reads presets up to version 3.
oldest=$(grep -o 'CMake 3\.[0-9]*' "$source/PLATFORMS.md" | sort -V | sed -n 1p)
oldest=${oldest#CMake }
{
  grep -rn --include=CMakeLists.txt --exclude-dir=build 'cmake_minimum_required' "$source" |
    grep -vF "cmake_minimum_required(VERSION $oldest)"
  tr -d ' ' < "$source/CMakePresets.json" | grep -nE '^"(version|cmakeMinimumRequired)":' |
    grep -vE "\"version\":3,|\"major\":3,\"minor\":${oldest#3.},"
} > "$work/log" || true
[ ! -s "$work/log" ] || fail "another CMake than $oldest is asked for"
