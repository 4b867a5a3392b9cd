#!/bin/sh
# SPDX-License-Identifier: MIT
# Makes the Debian packages from a build's objects, has lintian look at them, unpacks them into an empty
# directory, and builds and runs the README's programs with what is there.
# clean_root.sh makes and installs what is shipped. Usage: debian.sh <source directory> <build directory>
set -eu

source=$1 build=$2
here=$(cd "$(dirname "$0")" && pwd)
for tool in dpkg-buildpackage dh lintian pkg-config mpirun.openmpi mpiexec.mpich; do
  command -v $tool > /dev/null || { echo "no $tool"; exit 77; }
done
export TPOOL_SETUP=check # a test installs nothing
export DEB_BUILD_OPTIONS=nocheck DEB_BUILD_PROFILES=nocheck # this build has its tests
export DEBFULLNAME='A maintainer' DEBEMAIL=maintainer@libtpool.invalid
dpkg-checkbuilddeps "$source/cmake/packages/debian/control" || exit 77
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

export CMAKE_C_COMPILER_LAUNCHER="sh;$here/reuse.sh;$build"
export CMAKE_CXX_COMPILER_LAUNCHER="$CMAKE_C_COMPILER_LAUNCHER"
sh "$source/cmake/packages/debian.sh" "$work/out" -b > "$work/log" 2>&1 ||
  { status=$?; cat "$work/log"; exit $status; }
lintian --allow-root --display-info --fail-on error,warning "$work"/out/*.changes

mkdir "$work/root"
for name in libtpool1 libtpool-dev libtpool-cluster1 libtpool-cluster-dev libtpool-cluster-openmpi \
  libtpool-cluster-mpich python3-tpool node-tpool; do
  dpkg-deb -x "$work/out/${name}"_*.deb "$work/root"
done
lib=$work/root/usr/lib/$(dpkg-architecture -qDEB_HOST_MULTIARCH)
export PKG_CONFIG_LIBDIR="$lib/pkgconfig" PKG_CONFIG_SYSROOT_DIR="$work/root"
export LD_LIBRARY_PATH="$lib"
# shellcheck disable=SC2046 # flags are words
{
  cc "$source/tests/examples/readme.c" $(pkg-config --cflags --libs tpool) -o "$work/readme_c"
  c++ "$source/tests/examples/readme.cpp" $(pkg-config --cflags --libs tpool) -o "$work/readme_cpp"
}
for program in readme_c readme_cpp; do
  "$work/$program" > "$work/squares"
  printf '%s\n' 25 16 9 4 1 | diff - "$work/squares"
done

# shellcheck disable=SC2046 # flags are words
cc "$source/tests/guide/cluster.c" -I"$source/tests/examples" $(pkg-config --cflags --libs tpool-cluster) \
  -o "$work/cluster"
"$work/cluster"
mpirun.openmpi --allow-run-as-root --oversubscribe -n 2 "$work/cluster"
mpiexec.mpich -n 2 "$work/cluster"

# The bindings find the library that is installed with them.
unset LD_LIBRARY_PATH TPOOL_LIBRARY
squares=$(PYTHONPATH=$work/root/usr/lib/python3/dist-packages python3 -B -c '
from tpool import ThreadPool
with ThreadPool() as pool:
    print(*pool.map(lambda x: x * x, [5, 4, 3, 2, 1]))')
[ "$squares" = "25 16 9 4 1" ]
grep -q "\"version\": \"$(sed -n 's/^Version: \(.*\)$/\1/p' "$lib/pkgconfig/tpool.pc")\"" \
  "$work/root/usr/share/nodejs/tpool/package.json"
