#!/bin/sh
# SPDX-License-Identifier: MIT
# Embeds the sources in a project, with CMake by FetchContent and by add_subdirectory, or with Meson by the wrap;
# installs the project, moves it to another folder and runs its programs there. Nothing of the library is installed
# with them, but the shared library where the project asks for it, or all of it with TPOOL_INSTALL. The objects are
# those of an existing build.
# Usage: embed.sh cmake|meson <source directory> <build directory> <cmake>
set -eu

tool=$1 source=$2 build=$3 cmake=$4
[ "$tool" = cmake ] || command -v meson > /dev/null || { echo "no meson (Debian: meson)"; exit 77; }
here=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
export CMAKE_C_COMPILER_LAUNCHER="sh;$here/reuse.sh;$build"
export CMAKE_CXX_COMPILER_LAUNCHER="$CMAKE_C_COMPILER_LAUNCHER"
unset LD_LIBRARY_PATH

fail() {
  echo "$1"
  [ ! -e "$work/log" ] || tail -n 50 "$work/log"
  exit 1
}

# moved <name>: moves the installation and runs it.
moved() {
  mv "$work/$1/installed" "$work/$1/moved"
  rm -rf "$work/$1/build"
  for program in program program_c; do
    "$work/$1/moved/bin/$program" > "$work/squares" || fail "$1: $program does not run where it was moved to"
    printf '%s\n' 25 16 9 4 1 | diff - "$work/squares"
  done
}

# has <name> <files>: the installation has these files and no others.
has() {
  (cd "$work/$1/moved" && find . ! -type d | sed 's,.*/,,' | sort | tr '\n' ' ') > "$work/files"
  [ "$(cat "$work/files")" = "$2 " ] || fail "$1: installs $(cat "$work/files")"
  echo "$1: $2"
}

# build <name> <option>...
build() {
  name=$1
  shift
  {
    "$cmake" -S "$here/embed" -B "$work/$name/build" -DCMAKE_BUILD_TYPE=Release \
      -DCMAKE_INSTALL_PREFIX="$work/$name/installed" "$@" &&
      "$cmake" --build "$work/$name/build" -j 2 &&
      "$cmake" --install "$work/$name/build"
  } > "$work/log" 2>&1 || fail "$name does not build"
}

# embed <name> <files> <option>...
embed() {
  name=$1 files=$2
  shift 2
  build "$name" "$@"
  [ "$(find "$work/$name/build" -name 'job.cpp.o' | wc -l)" -eq 1 ] || fail "$name: objects are compiled twice"
  moved "$name"
  has "$name" "$files"
}

(
  "$cmake" -S "$source" -B "$work/archive" -DTPOOL_TESTS=OFF
  cd "$work/archive"
  "${cmake%cmake}cpack" --config CPackSourceConfig.cmake
) > "$work/log" 2>&1 || fail "no archive"
archive=$(ls "$work"/archive/libtpool-*.tar.gz)

if [ "$tool" = cmake ]; then
  # README.md's block, with the place of this archive.
  # shellcheck disable=SC2016 # the fence of a block
  sed -n '/^include(FetchContent)$/,/^```$/{/^```$/d;p}' "$source/README.md" |
    sed "s|/path/or/address/of/libtpool-.*\.tar\.gz|$archive|" > "$work/block.cmake"
  grep -qF "URL $archive)" "$work/block.cmake" || fail "README.md has no block with FetchContent"
  embed fetch_content "program program_c" -DTPOOL_BLOCK="$work/block.cmake"
  embed subdirectory "program program_c" -DTPOOL_SOURCE="$source"
  soname=libtpool.so.1
  version=$(sed -n 's/^#define TP_VERSION_[A-Z]* \([0-9]*\)$/\1/p' "$source/include/tpool/version.h" | paste -sd .)
  embed shared "$soname libtpool.so.$version program program_c" \
    -DTPOOL_SOURCE="$source" -DBUILD_SHARED_LIBS=ON -DTPOOL_STATIC_LIB=ON

  # With TPOOL_INSTALL the library is installed for others, too. One that finds it there joins it under the prefix.
  build both -DTPOOL_SOURCE="$source" -DBUILD_SHARED_LIBS=ON -DTPOOL_INSTALL=ON
  mkdir "$work/joined"
  mv "$work/both/installed" "$work/joined"
  rm -rf "$work/both"
  rm "$work"/joined/installed/bin/program*
  build joined -DTPOOL_INSTALLED=ON -DCMAKE_PREFIX_PATH="$work/joined/installed"
  moved joined
  exit 0
fi

cp -R "$here/embed" "$work/meson"
mkdir -p "$work/meson/subprojects"
cp -R "$source/cmake/packages/meson/." "$work/meson/subprojects"
cp "$archive" "$work/meson/subprojects/packagefiles"
(
  cd "$work/meson"
  CC="sh $here/reuse.sh $build cc" CXX="sh $here/reuse.sh $build c++" \
    meson setup build --buildtype release --prefix "$PWD/installed" --libdir lib
  meson compile -C build -j 2
  meson install -C build --skip-subprojects
) > "$work/log" 2>&1 || fail "meson does not build"
! grep 'but uses feature' "$work/log" || fail "the meson_version of the project or of the wrap is too low"
moved meson
has meson "libplugin.so program program_c"
# What takes the static library in exports nothing of it.
nm -D --defined-only "$work/meson/moved/lib/libplugin.so" > "$work/exported"
grep -q ' T main$' "$work/exported" || fail "no exports to look at"
! grep ' tp_' "$work/exported" || fail "the plugin exports these functions of the library"
