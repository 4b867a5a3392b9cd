#!/bin/sh
# SPDX-License-Identifier: MIT
# Checks that the README has the program as it stands, and that the program prints the squares.
# Usage: squares.sh <file> <command>...
set -eu
file=$1
shift
here=$(dirname "$0")

# The README has all of the file but its first line.
text=$(tail -n +2 "$file")
readme=$(cat "$here/README.md")
case $readme in
  *"$text"*) ;;
  *) echo "$here/README.md has not what is in $file" && exit 1 ;;
esac

status=0
squares=$("$@") || status=$?
echo "$squares"
[ "$status" -eq 0 ] || exit "$status"
[ "$squares" = "25 16 9 4 1" ]
