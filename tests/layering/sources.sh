#!/bin/sh
# SPDX-License-Identifier: MIT
# Checks that the tests of each source are found from its name: src/<room>/<name> has tests/<room>/<name>_test.cpp, or a
# row in the table "Tests of a source" of tests/README.md; first that what is missing is found.
# Usage: sources.sh <source directory>
set -eu

# check: the tree in the current directory. The first cell of a row has sources, the second files of tests.
check() {
  sed -n '/^## Tests of a source/,/^## [^T]/p' tests/README.md | grep '^| `' > "$work/rows" || :
  cut -d'|' -f2 "$work/rows" | grep -o '`[^`]*`' | tr -d '`' | sort > "$work/listed" || :
  cut -d'|' -f3 "$work/rows" | grep -o '`[^`]*`' | tr -d '`' | sort -u > "$work/named" || :
  find src -mindepth 2 -type f | sed 's|^src/||; s|\.[a-z]*$||' | sort -u > "$work/sources"
  status=0
  while read -r source; do
    [ -f "tests/${source}_test.cpp" ] || grep -qxF "$source" "$work/listed" || {
      echo "src/$source has no tests/${source}_test.cpp, and no row in the table of tests/README.md"
      status=1
    }
  done < "$work/sources"
  for source in $(comm -23 "$work/listed" "$work/sources"); do
    echo "the table of tests/README.md has a row for $source, which src does not have"
    status=1
  done
  while read -r test; do
    [ -f "tests/$test" ] || { echo "the table of tests/README.md names $test, which tests does not have"; status=1; }
  done < "$work/named"
  grep -v '| `[^|]*| `[^|]*|$' "$work/rows" && { echo "rows of tests/README.md without tests"; status=1; }
  return $status
}

top=$(cd "$1" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir "$work/tree"
cd "$work/tree"
mkdir -p src/base src/queue tests/base
touch src/base/clock.h src/base/clock.cpp src/base/pages.h src/queue/loop_job.h tests/base/clock_test.cpp tests/slow.sh
table() {
  printf '## Tests of a source\n\n| source | tests |\n|---|---|\n' > tests/README.md
  printf '| `%s` | `%s` |\n' "$@" >> tests/README.md
}
table 'base/pages`, `queue/loop_job' 'base/clock_test.cpp`, `slow.sh'
check || { echo "wrongly refused"; exit 1; }
# bad <report> <rows>...
bad() {
  report=$1
  shift
  table "$@"
  ! check > out || { echo "not found: $report"; exit 1; }
  grep -q "$report" out || { echo "wrong report: $(cat out)"; exit 1; }
}
bad 'src/queue/loop_job has no' base/pages slow.sh
bad 'a row for queue/gone' 'base/pages`, `queue/loop_job`, `queue/gone' slow.sh
bad 'names gone.sh' base/pages slow.sh queue/loop_job gone.sh
printf '## Tests of a source\n\n| `base/pages`, `queue/loop_job` | |\n' > tests/README.md
! check > out || { echo "not found: a row without tests"; exit 1; }

cd "$top"
check
