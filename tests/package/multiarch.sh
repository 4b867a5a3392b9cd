#!/bin/sh
# SPDX-License-Identifier: MIT
# Checks that tpool.pc finds its prefix from wherever the libraries are put.
# Usage: multiarch.sh <source directory> <cmake>
# shellcheck disable=SC2016 # pkg-config expands what is written here
set -eu

source=$1 cmake=$2
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# check <library directory> <prefix line> <libdir line>
check() {
  "$cmake" -S "$source" -B "$work" -DTPOOL_TESTS=OFF -DCMAKE_INSTALL_PREFIX=/opt/tpool \
    -DCMAKE_INSTALL_LIBDIR="$1" > /dev/null
  for line in "$2" "$3" 'includedir=${prefix}/include'; do
    grep -qxF "$line" "$work/tpool.pc" || { echo "no $line in:"; cat "$work/tpool.pc"; exit 1; }
  done
}

check lib 'prefix=${pcfiledir}/../..' 'libdir=${prefix}/lib'
check lib/x86_64-linux-gnu 'prefix=${pcfiledir}/../../..' 'libdir=${prefix}/lib/x86_64-linux-gnu'
check /elsewhere/lib 'prefix=/opt/tpool' 'libdir=/elsewhere/lib'
