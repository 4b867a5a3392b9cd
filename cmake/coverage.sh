#!/bin/sh
# SPDX-License-Identifier: MIT
# Counts the lines and branches of src and capi that the tests run, and fails below 95 and 85 %.
# Leaves the pages in build/coverage/report.
set -eu

cd "$(dirname "$0")/.."
build=$PWD/build/coverage

sh cmake/setup.sh g++ cmake make pkg-config libffi-dev libssl-dev catch2 gcovr

cmake --preset coverage
cmake --build --preset coverage -j "$(nproc)"
find "$build" -name '*.gcda' -delete
ctest --preset coverage -j "$(nproc)" -L '^(base|queue|worker|result|submit|call|capi|cpp|stress|fault.*|process.*)$'

mkdir -p "$build/report"
# Branches that only an exception out of a called function takes are the compiler's, not the source's.
gcovr --root . --filter 'src/' --filter 'capi/' --exclude-throw-branches \
  --exclude-unreachable-branches --gcov-ignore-parse-errors --print-summary --sort-uncovered \
  --html-details "$build/report/index.html" --txt "$build/report/summary.txt" \
  --fail-under-line 95 --fail-under-branch 85 "$build"
