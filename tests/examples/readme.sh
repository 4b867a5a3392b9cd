#!/bin/sh
# SPDX-License-Identifier: MIT
# Checks that the first C and the first C++ block of README.md are readme.c and readme.cpp, and that the
# index of the examples lists all of them.
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

cd "$root/tests/examples"
odd=$({
  grep -o '([^()]*\.cp*)' README.md | tr -d '()'
  find . -name '*.c' -o -name '*.cpp' | sed 's|^\./||'
} | sort | uniq -u)
[ -z "$odd" ] || {
  echo "not in both the index and the folder: $odd"
  status=1
}
exit $status
