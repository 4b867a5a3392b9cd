#!/bin/sh
# SPDX-License-Identifier: MIT
# Checks that each block of C, C++ and Python in a chapter of the guide is part of a program that the chapter links, but
# for its indentation, that each chapter is in the index, and that each program is linked in one.
# Usage: quotes.sh <directory of the guide>
# shellcheck disable=SC2016 # fences of blocks
set -eu

cd "$1"
quotes=$(pwd)/quotes.awk
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# check <chapter>...: all that is wrong with the quotes of these chapters.
check() {
  awk -f "$quotes" [a-z]*.c [a-z]*.cpp [a-z]*.py "$@"
}

# First that it finds what is wrong, in a chapter that links programs as others do.
program='See [the program](getting_started.c) and [the other](getting_started.cpp).'
bad() {
  printf '# Bad\n\n%s\n\n%b\n' "$program" "$1" > "$work/bad.md"
  if check "$work/bad.md" > "$work/out"; then
    echo "not found: $1"
    exit 1
  fi
}
printf '# Good\n\n```c\nint status = tp_pool_create(NULL, &pool);\n```\n%s\n' "$program" > "$work/good.md"
check "$work/good.md" || { echo "a good block was refused"; exit 1; }
bad '```c\nint status = tp_pool_create(NULL, &spool);\n```'
bad '```cpp\npool.close();\npool.close();\n```'
bad '```python\nint status = tp_pool_create(NULL, &pool);\n```'
bad '```c\n```'
bad '```\nint status = tp_pool_create(NULL, &pool);\n```'
bad '```c\nint status = tp_pool_create(NULL, &pool);\n'
program='See [another program](speed.c).'
bad '```c\nint status = tp_pool_create(NULL, &pool);\n```'

check ./*.md

status=0
for chapter in [a-z]*.md; do
  grep -qF "]($chapter)" README.md || { echo "$chapter is not in README.md"; status=1; }
done
for program in *.c *.cpp *.py; do
  case $program in *_check.py) continue ;; esac
  grep -qF "]($program)" ./*.md || { echo "no chapter links $program"; status=1; }
done
exit $status
