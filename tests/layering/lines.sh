#!/bin/sh
# SPDX-License-Identifier: MIT
# Checks that no line of the tree has more than 120 columns, rows of Markdown tables, ABI dumps, lock files and pictures
# aside, and that no page names a line of a source, which the next change makes wrong; first that it finds such lines.
# Usage: lines.sh <source directory>
set -eu

# check: the tree in the current directory. A column is a character, of UTF-8.
check() {
  find . -path ./.git -prune -o -path ./build -prune -o -type f ! -name '*.abi' ! -name '*.lock' ! -name '*.svg' \
    ! -name '*.png' -print | sort | LC_ALL=C xargs awk '
    function report(what) { print FILENAME ":" FNR ": " what; failed = 1 }
    FNR == 1 { page = FILENAME ~ /\.md$/ }
    {
      text = $0
      gsub(/[\200-\277]/, "", text)
      if (length(text) > 120 && !(page && text ~ /^ *\|/)) report(length(text) " columns")
    }
    page && /[a-z_]\.(c|h|cpp|hpp|py|sh|awk|cmake)(`?,? (line )?|:)[0-9]+/ { report("names a line of a file") }
    END { exit failed }'
}

top=$(cd "$1" && pwd)
sample=$(mktemp -d)
trap 'rm -rf "$sample"' EXIT
cd "$sample"
mkdir src
long=$(printf '%121s' '' | tr ' ' x)
printf '%s\n' "${long#x}" > src/a.cpp
printf '| %s |\n%sé\nsrc/a.cpp has 2 of them.\n' "$long" "${long#xx}" > page.md
printf '%s\n' "$long" > some.lock
check || { echo "wrongly refused"; exit 1; }
# bad <file> <line>
bad() {
  printf '%s\n' "$2" > "$1"
  ! check > out || { echo "not found: $2"; exit 1; }
  rm "$1" out
}
bad src/b.h "// $long"
bad b.md "$long"
bad b.sh "| $long"
bad b.md 'See `src/a.cpp:12`.'
bad b.md '`queue/loop_job.cpp` 167 says so.'
bad b.md 'As in src/a.cpp, line 12.'

cd "$top"
check
