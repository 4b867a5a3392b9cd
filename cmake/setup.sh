#!/bin/sh
# SPDX-License-Identifier: MIT
# Installs the Debian packages that are named and not there yet: with apt-get, as root or through
# sudo. With TPOOL_SETUP=check it installs nothing, and ends with 77 where one is missing.
# Usage: setup.sh <package>...
set -eu

# What a package is needed for may be there without the package.
is_there() {
  case $1 in
    g++) command -v cc && command -v c++ ;;
    libffi-dev) pkg-config --exists libffi ;;
    libssl-dev) pkg-config --exists libcrypto ;;
    libpng-dev) pkg-config --exists libpng ;;
    libcurl4-openssl-dev) pkg-config --exists libcurl ;;
    catch2) pkg-config --exists catch2 ;;
    relacy-dev) test -e /usr/include/relacy/relacy.hpp ;;
    abigail-tools) command -v abidiff ;;
    *) command -v "$1" || dpkg -s "$1" ;;
  esac > /dev/null 2>&1
}

missing=
for package; do
  is_there "$package" || missing="$missing $package"
done
[ -n "$missing" ] || exit 0
if [ "${TPOOL_SETUP:-}" = check ]; then
  echo "Not there:$missing" >&2
  exit 77
fi

give_up() {
  echo "$1. Please install what these Debian packages have, then start again:$missing" >&2
  exit 1
}

as_root=
if [ "$(id -u)" -ne 0 ]; then
  command -v sudo > /dev/null || give_up "Neither root nor sudo"
  as_root=sudo
fi
command -v apt-get > /dev/null || give_up "No apt-get"

echo "Installing$missing"
# shellcheck disable=SC2086 # a list of packages
{
  $as_root env DEBIAN_FRONTEND=noninteractive apt-get update -q &&
    $as_root env DEBIAN_FRONTEND=noninteractive \
      apt-get install -q -y --no-install-recommends $missing
} || give_up "apt-get failed"
