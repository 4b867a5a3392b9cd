#!/bin/sh
# SPDX-License-Identifier: MIT
# Installs the packaged peers, builds the benchmarks and runs them; bench.csv and bench.svg are then
# in the build directory. What can't be installed is left out.
# usage: sh cmake/bench.sh [--quick] [--rounds N] [--workers N] [--only WORKLOAD]... [--sweep]
#   [--long]
set -eu
root=$(cd "$(dirname "$0")/.." && pwd)
build=${TPOOL_BENCH_BUILD:-$root/build/bench}

sh "$root/cmake/setup.sh" g++ cmake make pkg-config python3 >&2
peers=
for package in strace libtbb-dev libboost-dev libglib2.0-dev libuv1-dev libpthreadpool-dev; do
  dpkg -s "$package" > /dev/null 2>&1 || peers="$peers $package"
done
# shellcheck disable=SC2086 # a list of packages
[ -z "$peers" ] || sh "$root/cmake/setup.sh" $peers >&2 || echo "Going on without$peers" >&2

cmake -S "$root" -B "$build" -DCMAKE_BUILD_TYPE=Release -DTPOOL_BENCH=ON \
  -DTPOOL_TESTS=OFF >&2
cmake --build "$build" --parallel "$(nproc)" >&2
exec python3 -B "$root/tests/bench/run.py" "$build/tests/bench/programs" \
  --csv "$build/bench.csv" --svg "$build/bench.svg" "$@"
