#!/bin/sh
# SPDX-License-Identifier: MIT
# Builds one of the presets and runs its tests. Usage: test.sh [--all | --install] [preset], default dev
#
# It installs what the library, its tests and its examples need. With --all it also installs the languages of
# tests/ffi and the libraries that use their bindings, a second compiler, and the tools of documentation and
# packages. A test whose tools are missing is skipped, and named at the end. --install installs, and no more.
set -eu

all='' install_only=''
case ${1:-} in
  --all) all=1 && shift ;;
  --install) install_only=1 && shift ;;
esac
preset=${1:-dev}
cd "$(dirname "$0")/.."
log=$PWD/build/$preset/ctest.log
outputs=$PWD/build/$preset/Testing/Temporary/LastTest.log

sh cmake/setup.sh g++ cmake make pkg-config libffi-dev libssl-dev catch2 relacy-dev python3 \
  strace abigail-tools spin

# The ranks of libtpool-cluster; MPI and sanitizers don't mix.
case $preset in
  dev | release | clang) sh cmake/setup.sh openmpi-bin libopenmpi-dev mpich libmpich-dev ;;
esac

case $preset in
  clang) sh cmake/setup.sh clang ;;
  aarch64) sh cmake/setup.sh g++-aarch64-linux-gnu libc6-dev-arm64-cross qemu-user ;;
  i386) sh cmake/setup.sh g++-i686-linux-gnu libc6-dev-i386-cross ;;
esac

# Tools of checks, and libraries of examples: also under sanitizers.
if [ -n "$all" ]; then
  sh cmake/setup.sh clang libpng-dev libcurl4-openssl-dev libboost-dev libcereal-dev || echo "Going on without them"
fi

# The oldest compiler that the library needs: newer systems don't have it.
[ -z "$all" ] || sh cmake/setup.sh g++-11 || echo "Going on without it"

# The rest is left out under sanitizers and for other machines.
case $all$preset in
  1dev | 1release)
    sh cmake/setup.sh python3-cffi python3-dask python3-joblib python3-pandas python3-scipy \
      python3-sklearn python3-tqdm nodejs npm php-cli luajit ruby ruby-ffi perl libffi-platypus-perl \
      default-jdk-headless libjna-java rustc golang-go zlib1g-dev libuv1-dev libglib2.0-dev libtbb-dev \
      doxygen doxygen-awesome-css mandoc man-db debhelper dh-python systemtap-sdt-dev lintian \
      shellcheck meson gdb || echo "Going on without them"
    ;;
esac

[ -z "$install_only" ] || exit 0

mkdir -p "build/$preset"
rm -f "$log" "$outputs"
cmake --preset "$preset" -DTPOOL_TEST_PIECES=ON > "build/$preset/configure.log" ||
  { cat "build/$preset/configure.log"; exit 1; }
cmake --build --preset "$preset" -j "$(nproc)"

# Launchers of Open MPI 4 that end remove their common folder, while others that start make it. It stays while another
# folder is in it.
host=$(uname -n)
folder=${TMPDIR:-/tmp}/ompi.${host%%.*}.$(id -u)
(umask 077 && mkdir -p "$folder/kept")

status=0
# Most of the time tests wait: so there are two for each processor.
ctest --preset "$preset" -j "$((2 * $(nproc)))" --output-log "$log" || status=$?
rmdir "$folder/kept" || true

# CMake, or a test that passes, tells in a line that ends with "left out" what is not tested.
skipped=$({
  sed -nE 's/^(-- )?(.* left out)$/  \2/p' "build/$preset/configure.log" "$outputs"
  sed -n 's/^[[:space:]]*[0-9]* - \(.*\) (Skipped)$/  \1/p' "$log"
} | sort -u)
[ -z "$skipped" ] || printf 'Not tested here (test.sh --all installs what it can):\n%s\n' "$skipped"
grep 'tests passed' "$log" || status=1
exit $status
