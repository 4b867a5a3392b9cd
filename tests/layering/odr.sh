#!/bin/sh
# SPDX-License-Identifier: MIT
# Has GCC compare every type and function that two files of the library both have, as only a build with -flto can: what
# has one name is the same everywhere. First that it finds two types of one name.
# Usage: odr.sh <source directory> <C++ compiler> <C compiler>
set -eu

top=$1 cxx=$2 cc=$3
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

case $("$cxx" --version) in *clang*) echo "GCC's check"; exit 77 ;; esac
flags="-O0 -flto -fPIC -I$top/include -I$top/src -I$top -I$top/cpp"
dirs="src/base src/trace src/result src/queue src/wait src/worker src/submit capi" ffi=
if echo '#include <ffi.h>' | "$cxx" -x c++ -fsyntax-only - 2> /dev/null; then
  flags="$flags -DTPOOL_FFI" dirs="$dirs src/call" ffi=-lffi
fi

# compile <compiler and standard>: the files that are named on the input.
compile() {
  xargs -P "$(nproc)" -I @ \
    sh -c 'exec $0 $1 -c -o "$2/$(echo @ | tr / _).o" @' "$1" "$flags" "$work"
}
# compare: links what has been compiled; true when all agree.
compare() {
  "$cxx" -shared -O0 -flto=auto -Wodr -Werror=odr -Werror=lto-type-mismatch -o "$work/all.so" \
    "$work"/*.o $ffi -pthread 2> "$work/report"
}

cd "$work"
printf 'struct Twice { int a; virtual ~Twice(); }; Twice::~Twice() {} Twice one;\n' > 1.cpp
printf 'struct Twice { double b; virtual int f(); }; int Twice::f() { return 1; } Twice two;\n' > 2.cpp
printf '1.cpp\n2.cpp\n' | compile "$cxx"
! compare || { echo "two types of one name: not found"; exit 1; }
rm -f "$work"/*.o

cd "$top"
# shellcheck disable=SC2086
find $dirs -name '*.cpp' ! -path capi/cluster.cpp | compile "$cxx -std=c++20"
find src -name '*.c' | compile "$cc -std=c99 -fexceptions"
printf 'tests/abi/link_main.cpp\ntests/abi/link_other.cpp\n' | compile "$cxx -std=c++20"
compare || { cat "$work/report"; exit 1; }
