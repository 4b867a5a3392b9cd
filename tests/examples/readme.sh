#!/bin/sh
# SPDX-License-Identifier: MIT
# Checks that the first C and the first C++ block of README.md are readme.c and readme.cpp.
# usage: sh readme.sh REPO_ROOT
set -eu
root=$1

# Prints the first block of the given language.
block() {
  awk -v fence='```' -v language="$1" '
    inside && $0 == fence { exit }
    inside { print }
    $0 == fence language { inside = 1 }
  ' "$root/README.md"
}

status=0
for language in c cpp; do
  block $language | diff "$root/tests/examples/readme.$language" - || status=1
done
exit $status
