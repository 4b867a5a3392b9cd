#!/bin/sh
# SPDX-License-Identifier: MIT
# Checks that the links of all pages lead to files that are there, and to headings that are in them; first that it
# finds those that do not. Usage: links.sh <source directory>
# shellcheck disable=SC2016 # the pages have backquotes
set -eu

top=$(cd "$1" && pwd)
links=$top/tests/guide/links.awk
sample=$(mktemp -d)
trap 'rm -rf "$sample"' EXIT

# check: the pages under the current directory.
check() {
  pages=$(find . -path ./build -prune -o -name '*.md' -print | sed 's,^\./,,' | sort)
  # shellcheck disable=SC2086 # a list of pages
  LC_ALL=C awk -f "$links" $pages twice=1 $pages
}

cd "$sample"
mkdir folder
printf '# A page\n\n## In `C`\n\n## In C++\n\n```\n# no heading\n```\n' > folder/page.md
# good <page> <text>, bad <page> <text>
good() {
  echo "$2" > "$1"
  check || { echo "wrongly refused: $2"; exit 1; }
}
bad() {
  echo "$2" > "$1"
  ! check > out || { echo "not found: $2"; exit 1; }
  rm "$1" out
}
good page.md 'See [a](folder/page.md), [b](folder/page.md#in-c), [c](folder), `[](int)`, [d](ftp://a).'
good folder/other.md 'See [a](page.md#a-page), [b](../page.md), [c](../folder/page.md#in-c-1).'
bad bad.md 'See [a](page.c).'
bad folder/bad.md 'See [a](folder/page.md).'
bad folder/bad.md 'See [a](../page.md#a-page).'
bad bad.md 'See [a](folder/page.md#no-heading).'
bad bad.md 'See [a](page.md) and [b](folder/page.md#in-c-2).'
bad bad.md 'See [a](#in-c).'

cd "$top"
check
