#!/bin/sh
# SPDX-License-Identifier: MIT
# Copies a recipe, with the values of maintainer.txt in it.
# Usage: recipe.sh debian|arch|alpine|vcpkg|meson <output directory>
set -eu

here=$(cd "$(dirname "$0")" && pwd)
mkdir -p "$2"
out=$(cd "$2" && pwd)
cp -R "$here/$1/." "$out"

value() {
  sed -n "s/^$1=//p" "$here/maintainer.txt"
}

# fill <key> <value>
fill() {
  text=$(printf %s "$2" | sed 's/[&|\]/\\&/g')
  grep -rl "@$1@" "$out" | while read -r file; do
    if [ -n "$2" ]; then
      sed -i "s|@$1@|$text|g" "$file"
    else
      sed -i "/@$1@/d" "$file"
    fi
  done
}

name=$(value NAME) email=$(value EMAIL)
name=${name:-${DEBFULLNAME:-$(id -un)}}
fill NAME "$name"
fill EMAIL "${email:-${DEBEMAIL:-$(id -un)@$(uname -n)}}"
for key in HOMEPAGE BUGS SOURCE; do
  fill $key "$(value $key)"
done

# A watch file without an address watches nothing.
[ ! -e "$out/watch" ] || [ -n "$(value SOURCE)" ] || rm "$out/watch"
