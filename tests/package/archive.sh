#!/bin/sh
# SPDX-License-Identifier: MIT
# Checks that the source archive has what is in version control and nothing else, and that a copy of
# the sources gives the same bytes. Usage: archive.sh <source directory> <cmake>
set -eu

source=$1 cmake=$2
git -C "$source" rev-parse --is-inside-work-tree > /dev/null 2>&1 || { echo "no git checkout"; exit 77; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
export SOURCE_DATE_EPOCH=1000000000

# archive <source directory>: prints where its archive is.
archive() {
  build=$(mktemp -d -p "$work")
  "$cmake" -S "$1" -B "$build" -DTPOOL_TESTS=OFF > "$work/log"
  (cd "$build" && "${cmake%cmake}cpack" --config CPackSourceConfig.cmake) > "$work/log"
  ls "$build"/libtpool-*.tar.gz
}

first=$(archive "$source")
tar -tzf "$first" | sed -n 's,^[^/]*/\(.*[^/]\)$,\1,p' | sort > "$work/packed"
git -C "$source" ls-files --cached --others --exclude-standard | sort | diff - "$work/packed"

mkdir "$work/unpacked"
tar -C "$work/unpacked" -xzf "$first"
cmp "$first" "$(archive "$work/unpacked/$(basename "$first" .tar.gz)")"
