#!/bin/sh
# SPDX-License-Identifier: MIT
# Installs a build, moves the installed tree elsewhere, and builds and runs programs against it:
# with pkg-config alone, and with find_package; and that nothing is left of what is uninstalled.
# Usage: package.sh <build directory> <cmake>
set -eu

build=$1 cmake=$2
here=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cc=${CC:-cc} cxx=${CXX:-c++}

fail() {
  echo "$1"
  exit 1
}

# The components: who only runs programs needs the library under its SONAME, and nothing else.
"$cmake" --install "$build" --prefix "$work/runtime" --component runtime > /dev/null
others=$(find "$work/runtime" ! -type d ! -name 'libtpool.so.[0-9]*')
[ -z "$others" ] || fail "in the runtime component: $others"

# What others put into the same directories stays, and so do the directories of each prefix.
mkdir -p "$work/gone/lib/cmake/others" "$work/gone/include/empty"
"$cmake" --install "$build" --prefix "$work/gone" > /dev/null
touch "$work/gone/include/tpool/others.h"
"$cmake" --build "$build" --target uninstall > /dev/null
(cd "$work/gone" && find . -mindepth 1 | sort) > "$work/left"
printf './%s\n' include include/empty include/tpool include/tpool/others.h lib lib/cmake \
  lib/cmake/others > "$work/others"
grep -vxE '\./(lib/[^/]*-linux-[^/]*|share(/man|/doc)?)' "$work/left" | diff "$work/others" - ||
  fail "uninstalled"

"$cmake" --install "$build" --prefix "$work/first" > /dev/null
mv "$work/first" "$work/moved"
prefix=$work/moved
! grep -rlF "$work/first" "$prefix" || fail "files name the prefix that they were installed to"

pc=$(find "$prefix" -name tpool.pc)
PKG_CONFIG_PATH=$(dirname "$pc")
libdir=$(dirname "$PKG_CONFIG_PATH")
export PKG_CONFIG_PATH
[ -e "$libdir/libtpool.so" ] || fail "tpool.pc is not beside libtpool.so"

# shellcheck disable=SC2046 # flags are words
run_with_pkg_config() {
  "$cc" -std=c99 "$here/consumer.c" $(pkg-config "$@" --cflags --libs tpool) -o "$work/consumer_c"
  "$cxx" -std=c++17 "$here/consumer.cpp" $(pkg-config "$@" --cflags --libs tpool) \
    -o "$work/consumer_cpp"
  LD_LIBRARY_PATH=$libdir "$work/consumer_c"
  LD_LIBRARY_PATH=$libdir "$work/consumer_cpp"
}

run_with_pkg_config

# Each program of the examples' index, in the way that its first comment says. Those of the guide run, too.
examples=$here/../examples
for source in $(grep -o '([^()]*\.cp*)' "$examples/README.md" | tr -d '()'); do
  # shellcheck disable=SC2016 # the text of a comment
  modules=$(sed -n 's/.*\$(pkg-config --cflags --libs \(tpool[^)]*\)).*/\1/p' "$examples/$source")
  : "${modules:=tpool}"
  # shellcheck disable=SC2016
  more=$(sed -n 's/.*\$(pkg-config --cflags --libs tpool[^)]*)\( -l[a-z]*\).*/\1/p' "$examples/$source")
  compiler=$cc
  [ "${source%.cpp}" = "$source" ] || compiler=$cxx
  # shellcheck disable=SC2086 # modules are words, and so are flags
  if pkg-config --exists $modules; then
    # shellcheck disable=SC2046,SC2086 # lists of options
    "$compiler" "$examples/$source" -I "$examples" $(pkg-config --cflags --libs $modules) $more \
      -o "$work/example"
  else
    echo "No $modules: package/install of the example $source is left out"
  fi
  case $source in
    ../guide/*) LD_LIBRARY_PATH=$libdir "$work/example" > "$work/printed" || fail "failed: $source" ;;
  esac
done

for project in . c_only; do
  "$cmake" -S "$here/$project" -B "$work/build/$project" -DCMAKE_PREFIX_PATH="$prefix" > /dev/null
  "$cmake" --build "$work/build/$project" > /dev/null
  (cd "$work/build/$project" && ctest --output-on-failure --no-tests=error)
done

# With the shared library away, -ltpool is libtpool.a.
if [ -e "$libdir/libtpool.a" ]; then
  rm "$libdir"/libtpool.so*
  run_with_pkg_config --static
fi
