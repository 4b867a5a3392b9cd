#!/bin/sh
# SPDX-License-Identifier: MIT
# Builds the Debian source package and the packages of it: libtpool1, libtpool-dev, libtpool-doc,
# python3-tpool and node-tpool.
# Usage: debian.sh <output directory> [option of dpkg-buildpackage]...
set -eu

top=$(cd "$(dirname "$0")/../.." && pwd)
mkdir -p "$1"
out=$(cd "$1" && pwd)
shift
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

SOURCE_DATE_EPOCH=$(dpkg-parsechangelog -l "$top/cmake/packages/debian/changelog" -S Timestamp)
version=$(dpkg-parsechangelog -l "$top/cmake/packages/debian/changelog" -S Version)
export SOURCE_DATE_EPOCH
cmake -S "$top" -B "$work/archive" -DTPOOL_TESTS=OFF > "$work/log"
(cd "$work/archive" && cpack --config CPackSourceConfig.cmake) >> "$work/log"

# The two places of the version have to agree.
version=${version%-*}
mv "$work/archive/libtpool-$version.tar.gz" "$work/libtpool_$version.orig.tar.gz"
tar -C "$work" -xzf "$work/libtpool_$version.orig.tar.gz"
cp -r "$top/cmake/packages/debian" "$work/libtpool-$version/debian"
(cd "$work/libtpool-$version" && dpkg-buildpackage -us -uc "$@")
find "$work" -maxdepth 1 -name '*tpool*_*' -exec mv -t "$out" {} +
