#!/bin/sh
# SPDX-License-Identifier: MIT
# Takes the program of a language out of README.md, and checks that it prints the squares.
# Usage: squares.sh <name of the program's file> <command>...
set -eu
name=$1
shift
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

case $name in
  *.py) language=python ;;
  *.js) language=javascript ;;
  *.pl) language=perl ;;
  *.rb) language=ruby ;;
  *.rs) language=rust ;;
  *) language=${name##*.} ;;
esac
awk -v fence='```' -v language="$language" '
  /^## The shortest programs/ { there = 1 }
  inside && $0 == fence { exit }
  inside { print }
  there && $0 == fence language { inside = 1 }' "$(dirname "$0")/README.md" > "$work/$name"
[ -s "$work/$name" ] || { echo "README.md has no program in $language"; exit 1; }

status=0
squares=$("$@" "$work/$name") || status=$?
echo "$squares"
[ "$status" -eq 0 ] || exit "$status"
[ "$squares" = "25 16 9 4 1" ]
