#!/bin/sh
# SPDX-License-Identifier: MIT
# Makes the Debian packages and a new Debian beside this one, where they are installed. There the
# README's programs and all examples are built and run with what the packages have, a man page is
# read, and the packages are purged, which leaves no file. Takes minutes, root and a mirror.
# Usage: clean_root.sh <source directory>
set -eu

source=$1
for tool in debootstrap unshare dpkg-buildpackage dh lintian doxygen; do
  command -v $tool > /dev/null || { echo "no $tool"; exit 77; }
done
[ "$(id -u)" -eq 0 ] || { echo "not root"; exit 77; }
unshare --mount true || { echo "no right to mount"; exit 77; }
dpkg-checkbuilddeps "$source/cmake/packages/debian/control" || exit 77
# Where this machine's own packages come from.
# shellcheck disable=SC2016 # apt expands what is written here
mirror=$(apt-get indextargets --format '$(CODENAME) $(REPO_URI)' 'Created-By: Packages' \
  'Label: Debian' | sed -n 1p)
[ -n "$mirror" ] || { echo "no mirror"; exit 77; }

work=$(mktemp -d)
root=$work/root
trap 'rm -rf --one-file-system "$work"' EXIT

# In the new Debian; what is mounted goes with the command. A launcher of MPI looks into /sys.
inside() {
  # shellcheck disable=SC2016 # expanded by the inner shell
  unshare --mount --propagation private sh -c \
    'mount -t proc proc "$0/proc" && mount --rbind /dev "$0/dev" && mount --rbind /sys "$0/sys" &&
     exec chroot "$0" "$@"' \
    "$root" env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LC_ALL=C.UTF-8 \
    DEBIAN_FRONTEND=noninteractive "$@"
}

# What apt and ldconfig keep for themselves is no package's.
list_files() {
  inside find / -xdev \( -path /proc -o -path /dev -o -path /sys -o -path /tmp -o -path /packages \
    -o -path /var/lib/apt -o -path /var/lib/dpkg -o -path /var/cache -o -path /var/log \) \
    -prune -o -print | sort
}

echo "== packages"
export DEBFULLNAME='A maintainer' DEBEMAIL=maintainer@libtpool.invalid
sh "$source/cmake/packages/debian.sh" "$root/packages" > "$work/log" 2>&1 ||
  { cat "$work/log"; exit 1; }
cp "$source/cmake/packages/debian/tests/programs" "$root/packages"
lintian --allow-root --display-info --fail-on error,warning "$root"/packages/*.changes

echo "== new root"
debootstrap --variant=minbase \
  --include=g++,make,cmake,pkg-config,man-db,python3,libssl-dev,libpng-dev,libcurl4-openssl-dev \
  "${mirror%% *}" "$root" "${mirror#* }" > "$work/log" 2>&1 || { tail "$work/log"; exit 77; }
cp /etc/resolv.conf "$root/etc/resolv.conf"
inside apt-get update -q > "$work/log" 2>&1 || { cat "$work/log"; exit 77; }
inside apt-get install -q -y --no-install-recommends openmpi-bin mpich > "$work/log" 2>&1 ||
  { cat "$work/log"; exit 77; }
list_files > "$work/before"

echo "== install"
names='libtpool1 libtpool-dev libtpool-cluster1 libtpool-cluster-dev libtpool-cluster-openmpi
  libtpool-cluster-mpich libtpool-doc python3-tpool node-tpool'
# shellcheck disable=SC2016,SC2086 # expanded inside; a list of names
inside sh -c 'apt-get install -q -y --no-install-recommends \
  $(for name; do echo /packages/"$name"_*.deb; done)' sh $names > "$work/log" 2>&1 ||
  { cat "$work/log"; exit 1; }

echo "== programs"
# shellcheck disable=SC2016 # expanded inside
inside sh -euc '
  sh /packages/programs
  cd /tmp
  tar -xzf /packages/libtpool_*.orig.tar.gz
  cmake -S libtpool-*/tests/examples -B examples -DCMAKE_BUILD_TYPE=Release
  cmake --build examples -j 2
  cd examples
  ctest --output-on-failure --no-tests=error
'

echo "== purge"
# shellcheck disable=SC2086 # a list of names
inside apt-get purge -q -y --autoremove $names > "$work/log" 2>&1 ||
  { cat "$work/log"; exit 1; }
list_files | diff "$work/before" -
