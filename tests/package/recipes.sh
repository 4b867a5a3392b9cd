#!/bin/sh
# SPDX-License-Identifier: MIT
# Checks the recipes of cmake/packages without the systems that they are for: their versions, and
# their own steps, with a cmake that notes what it is to build and installs an existing build.
# Usage: recipes.sh <source directory> <build directory> <cmake>
set -eu

source=$1 build=$2 cmake=$3
here=$(cd "$(dirname "$0")" && pwd)
command -v python3 > /dev/null || { echo "no python3"; exit 77; }
command -v shellcheck > /dev/null || { echo "no shellcheck"; exit 77; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
packages=$work/packages
for recipe in debian arch alpine vcpkg meson; do
  sh "$source/cmake/packages/recipe.sh" $recipe "$packages/$recipe"
done

fail() {
  echo "$1"
  exit 1
}

version=$(sed -n 's/^#define TP_VERSION_[A-Z]* \([0-9]*\)$/\1/p' "$source/include/tpool/version.h" |
  paste -sd .)
# names <file> <line>: the first of such lines has the project's version.
names() {
  grep -m 1 "$2" "$packages/$1" | grep -qF "$version" || fail "$1 is not of version $version"
}
names arch/PKGBUILD '^pkgver='
names alpine/APKBUILD '^pkgver='
names vcpkg/vcpkg.json '"version"'
grep -m 1 '^    version =' "$source/cmake/packages/conan/conanfile.py" | grep -qF "$version" ||
  fail "Conan's recipe is not of version $version"
names debian/changelog '^libtpool ('
names meson/tpool.wrap '^directory ='
names meson/packagefiles/tpool/meson.build '^project('
! grep -rE '@[A-Z]+@|@[a-z.]+\.invalid' "$packages" || fail "an address that nobody gave, or none"

# Each value of maintainer.txt is in each recipe that has room for it.
cp -R "$source/cmake/packages" "$work/named"
cat > "$work/named/maintainer.txt" << 'EOF'
NAME=A & B
EMAIL=a@libtpool.invalid
HOMEPAGE=https://libtpool.invalid/?home&page
BUGS=https://libtpool.invalid/bugs
SOURCE=https://libtpool.invalid/source
EOF
for recipe in debian arch alpine vcpkg; do
  sh "$work/named/recipe.sh" $recipe "$work/filled/$recipe"
done
# has <file> <text>
has() {
  grep -qF "$2" "$work/filled/$1" || fail "$1 has no $2"
}
for file in debian/control arch/PKGBUILD alpine/APKBUILD; do
  has $file 'A & B <a@libtpool.invalid>'
done
for file in debian/control arch/PKGBUILD alpine/APKBUILD vcpkg/vcpkg.json; do
  has $file 'https://libtpool.invalid/?home&page'
done
has debian/control 'Bugs: https://libtpool.invalid/bugs'
has debian/watch 'https://libtpool.invalid/source/libtpool-'
has debian/copyright ' https://libtpool.invalid/source'

shellcheck "$packages/arch/PKGBUILD" "$packages/alpine/APKBUILD" "$source"/cmake/packages/*.sh \
  "$source"/cmake/packages/debian/tests/programs "$here"/*.sh
python3 -m json.tool "$packages/vcpkg/vcpkg.json" > "$work/json"

# Each TPOOL_ option that a recipe sets is one that the project has.
check_options() {
  unknown=$(sed -n 's/^-D\(TPOOL_[A-Z_]*\)=.*/\1/p' "$1" | while read -r option; do
    grep -q "option($option " "$source/CMakeLists.txt" || echo "$option"
  done)
  [ -z "$unknown" ] || fail "no option $unknown"
}

# run <shell> <recipe> <directory of the steps>: build and package as makepkg and abuild run them.
run() {
  rm -rf "$work/src" "$work/pkg"
  mkdir "$work/src" "$work/pkg"
  ln -s "$source" "$work/src/libtpool-$version"
  # shellcheck disable=SC2016 # expanded by that shell
  work=$work built=$build real=$cmake "$1" -euc '
    srcdir=$work/src pkgdir=$work/pkg
    cmake() {
      case $1 in
        --build) ;;
        --install)
          test "$DESTDIR" = "$pkgdir"
          env -u DESTDIR "$real" --install "$built" --prefix "$pkgdir/usr" ;;
        *) printf "%s\n" "$@" > "$work/options" ;;
      esac
    }
    . "$0"
    cd "$work/src/$1"
    build
    cd "$work/src/$1"
    package' "$packages/$2" "$3" > "$work/log" || { cat "$work/log"; fail "$2 failed"; }
  check_options "$work/options"
  for option in -DTPOOL_TESTS=OFF -DCMAKE_INSTALL_PREFIX=/usr; do
    grep -qxe "$option" "$work/options" || fail "$2: no $option"
  done
  for file in include/tpool/tpool.h lib/libtpool.so share/licenses/libtpool/LICENSE; do
    [ -e "$work/pkg/usr/$file" ] || fail "$2: no $file"
  done
}
run bash arch/PKGBUILD .
run sh alpine/APKBUILD "libtpool-$version"

# The other two also with the static library.
launcher="sh;$here/reuse.sh;$build"
{
  "$cmake" -S "$source" -B "$work/static" -DTPOOL_TESTS=OFF -DTPOOL_BINDINGS=OFF -DBUILD_SHARED_LIBS=OFF \
    -DCMAKE_C_COMPILER_LAUNCHER="$launcher" -DCMAKE_CXX_COMPILER_LAUNCHER="$launcher" &&
    "$cmake" --build "$work/static" -j 2
} > "$work/log" 2>&1 || { cat "$work/log"; fail "no static library"; }
# port <build> <library>
port() {
  "$cmake" -D "source=$source" -D "build=$1" -D "library=$2" -D "work=$work/vcpkg/$2" -D "version=$version" \
    -P "$here/vcpkg.cmake" > "$work/log" 2>&1 || { cat "$work/log"; fail "the port of vcpkg failed: $2"; }
  check_options "$work/vcpkg/$2/options"
}
port "$build" libtpool.so
port "$work/static" libtpool.a
python3 -B "$here/conan.py" "$source/cmake/packages/conan" "$source" "$build" "$work/static" "$cmake" "$work/conan"
