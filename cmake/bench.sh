#!/bin/sh
# SPDX-License-Identifier: MIT
# Builds the benchmarks and runs them beside the libraries that are installed.
# usage: sh cmake/bench.sh [--quick] [--rounds N] [--workers N] [--only WORKLOAD] [--csv FILE]
set -eu
root=$(cd "$(dirname "$0")/.." && pwd)
build=${TPOOL_BENCH_BUILD:-$root/build/bench}

cmake -S "$root" -B "$build" -DCMAKE_BUILD_TYPE=Release -DTPOOL_BENCH=ON \
  -DTPOOL_TESTS=OFF >&2
cmake --build "$build" --parallel "$(nproc)" >&2
exec python3 "$root/tests/bench/run.py" "$build/tests/bench/programs" --csv "$build/bench.csv" "$@"
