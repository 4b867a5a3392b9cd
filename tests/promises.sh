#!/bin/sh
# SPDX-License-Identifier: MIT
# Checks that each test that tests/README.md names is there. Usage: promises.sh <source directory>
set -eu

cd "$1/tests"
# A name has a space in it, a file has none.
names=$(grep -o '`[a-z]*/[^`]* [^`]*`' README.md | tr -d '`' | sort -u)
[ -n "$names" ]

missing=$(echo "$names" | while IFS=/ read -r room name; do
  grep -rqF "TEST_CASE(\"$name\"" "$room" || echo "$room/$name"
done)
if [ -n "$missing" ]; then
  echo "README.md names tests that are not there:"
  echo "$missing"
  exit 1
fi
