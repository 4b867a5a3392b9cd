#!/bin/sh
# SPDX-License-Identifier: MIT
# Runs the tests of the core in a new Debian 13 beside this system, whose compilers, CMake and Catch2 are newer.
# Takes root, a mirror and most of an hour. Usage: trixie.sh <source directory>
set -eu

source=$1
for tool in debootstrap unshare git; do
  command -v $tool > /dev/null || { echo "no $tool"; exit 77; }
done
[ "$(id -u)" -eq 0 ] || { echo "not root"; exit 77; }
unshare --mount true || { echo "no right to mount"; exit 77; }
# shellcheck disable=SC2016 # apt expands what is written here
mirror=$(apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' 'Label: Debian' | sed -n 1p)
[ -n "$mirror" ] || { echo "no mirror"; exit 77; }

work=$(mktemp -d)
root=$work/root
trap 'rm -rf --one-file-system "$work"' EXIT
debootstrap --variant=minbase trixie "$root" "$mirror" > "$work/log" 2>&1 || { tail "$work/log"; exit 77; }
cp /etc/resolv.conf "$root/etc/resolv.conf"
mkdir "$root/tree"
(cd "$source" && git ls-files -z --cached --others --exclude-standard | tar --null -T - -cf -) |
  tar -C "$root/tree" -xf -

# What is mounted goes with the command. Terminals are mounted in /dev; a launcher of MPI looks into /sys.
# shellcheck disable=SC2016 # expanded by the inner shell
unshare --mount --propagation private sh -c \
  'mount -t proc proc "$0/proc" && mount --rbind /dev "$0/dev" && mount --rbind /sys "$0/sys" &&
   exec chroot "$0" "$@"' \
  "$root" env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LC_ALL=C.UTF-8 \
  DEBIAN_FRONTEND=noninteractive sh /tree/cmake/test.sh
