#!/bin/sh
# SPDX-License-Identifier: MIT
# A new Debian 13 beside this system, whose compilers, CMake and Catch2 are newer: makes it, with the tree in it; runs a
# script of the tree there; removes it. Takes root and a mirror.
# Usage: trixie.sh <root directory> make <source directory>
#        trixie.sh <root directory> <script of the tree> [argument]...
#        trixie.sh <root directory> remove
set -eu

root=$1 what=$2
shift 2

make() {
  for tool in debootstrap unshare git; do
    command -v $tool > /dev/null || { echo "no $tool"; exit 77; }
  done
  [ "$(id -u)" -eq 0 ] || { echo "not root"; exit 77; }
  unshare --mount true || { echo "no right to mount"; exit 77; }
  # shellcheck disable=SC2016 # apt expands what is written here
  mirror=$(apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' 'Label: Debian' | sed -n 1p)
  [ -n "$mirror" ] || { echo "no mirror"; exit 77; }

  debootstrap --variant=minbase trixie "$root" "$mirror" > "$root.log" 2>&1 || { tail "$root.log"; exit 77; }
  cp /etc/resolv.conf "$root/etc/resolv.conf"
  mkdir "$root/tree"
  (cd "$1" && git ls-files -z --cached --others --exclude-standard | tar --null -T - -cf -) |
    tar -C "$root/tree" -xf -
}

remove() {
  rm -rf --one-file-system "$root" "$root.log"
}

# What is mounted goes with the command. Terminals are mounted in /dev; a launcher of MPI looks into /sys.
run() {
  script=/tree/$1
  shift
  [ -d "$root/tree" ] || { echo "no Debian 13"; exit 77; }
  # shellcheck disable=SC2016 # expanded by the inner shell
  unshare --mount --propagation private sh -c \
    'mount -t proc proc "$0/proc" && mount --rbind /dev "$0/dev" && mount --rbind /sys "$0/sys" &&
     exec chroot "$0" "$@"' \
    "$root" env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LC_ALL=C.UTF-8 \
    DEBIAN_FRONTEND=noninteractive sh "$script" "$@"
}

case $what in
  make)
    remove
    make "$1"
    ;;
  remove) remove ;;
  *) run "$what" "$@" ;;
esac
