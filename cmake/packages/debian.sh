#!/bin/sh
# SPDX-License-Identifier: MIT
# Builds the Debian source package and the packages of it: libtpool1, libtpool-dev, libtpool-cluster1
# with its engines and libtpool-cluster-dev, libtpool-doc, python3-tpool and node-tpool.
# maintainer.txt has the maintainer's name and address.
# Usage: debian.sh <output directory> [option of dpkg-buildpackage]...
set -eu

top=$(cd "$(dirname "$0")/../.." && pwd)
sh "$top/cmake/setup.sh" g++ cmake make pkg-config dpkg-dev debhelper libffi-dev systemtap-sdt-dev \
  libopenmpi-dev libmpich-dev catch2   libssl-dev python3 dh-python doxygen doxygen-awesome-css
mkdir -p "$1"
out=$(cd "$1" && pwd)
shift
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

sh "$top/cmake/packages/recipe.sh" debian "$work/debian"
SOURCE_DATE_EPOCH=$(dpkg-parsechangelog -l "$work/debian/changelog" -S Timestamp)
version=$(dpkg-parsechangelog -l "$work/debian/changelog" -S Version)
export SOURCE_DATE_EPOCH
cmake -S "$top" -B "$work/archive" -DTPOOL_TESTS=OFF > "$work/log"
(cd "$work/archive" && cpack --config CPackSourceConfig.cmake) >> "$work/log"

# The two places of the version have to agree.
version=${version%-*}
mv "$work/archive/libtpool-$version.tar.gz" "$work/libtpool_$version.orig.tar.gz"
tar -C "$work" -xzf "$work/libtpool_$version.orig.tar.gz"
mv "$work/debian" "$work/libtpool-$version/debian"
(cd "$work/libtpool-$version" && dpkg-buildpackage -us -uc "$@")
find "$work" -maxdepth 1 -name '*tpool*_*' -exec mv -t "$out" {} +
