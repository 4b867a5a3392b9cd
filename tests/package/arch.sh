#!/bin/sh
# SPDX-License-Identifier: MIT
# Has makepkg build the recipe for Arch Linux from the source archive, where makepkg is (Debian has
# it: makepkg, pacman-package-manager, libarchive-tools); what the recipe depends on has other names
# here, so that is not looked at.
# Usage: arch.sh <source directory>
set -eu

source=$1
for tool in makepkg pacman bsdtar doxygen setpriv; do
  command -v $tool > /dev/null || { echo "no $tool"; exit 77; }
done
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

cmake -S "$source" -B "$work/archive" -DTPOOL_TESTS=OFF > "$work/log"
(cd "$work/archive" && cpack --config CPackSourceConfig.cmake) > "$work/log"
mkdir "$work/arch"
mv "$work/archive"/libtpool-*.tar.gz "$work/arch"
sh "$source/cmake/packages/recipe.sh" arch "$work/arch"

# makepkg refuses to run as root.
as_nobody=
if [ "$(id -u)" -eq 0 ]; then
  chmod 755 "$work"
  chown -R nobody "$work/arch"
  as_nobody="setpriv --reuid=nobody --regid=nogroup --clear-groups env HOME=$work/arch"
fi
cd "$work/arch"
$as_nobody makepkg --nodeps PKGEXT=.pkg.tar.gz > "$work/log" 2>&1 || { cat "$work/log"; exit 1; }

bsdtar -tf libtpool-*-1-*.pkg.tar.gz | sort > "$work/files"
for file in .PKGINFO usr/include/tpool/tpool.hpp usr/lib/libtpool.so usr/lib/pkgconfig/tpool.pc \
  usr/lib/cmake/tpool/tpool-config.cmake usr/share/licenses/libtpool/LICENSE \
  usr/share/man/man3/tp_pool_imap.3.gz; do
  grep -qxF "$file" "$work/files" || { echo "not in the package: $file"; exit 1; }
done
