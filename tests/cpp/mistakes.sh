#!/bin/sh
# SPDX-License-Identifier: MIT
# Compiles a program of mistakes. Each line that has one says in a comment what the compiler has to say: "// says: …".
# It has to say that much, once for each line, and nothing else. Usage: mistakes.sh <program> <compiler> <option>...
set -eu
export LC_ALL=C

program=$1
shift
said=$(mktemp -d)
trap 'rm -rf "$said"' EXIT

if "$@" "$program" 2> "$said/all"; then
  echo "it compiles"
  exit 1
fi
sed -nE -e 's/.*error: static assertion failed: (.*)/\1/p;t' \
  -e "s/.*error: static assertion failed due to requirement '.*': (.*)/\1/p;t" \
  -e "s/.*error: static_assert failed (due to requirement '.*' )?\"(.*)\"/\2/p;t" \
  -e 's/.*error: (.*)/another error: \1/p' "$said/all" | sort > "$said/found"
sed -n 's|.*// says: ||p' "$program" | sort > "$said/wanted"
[ -s "$said/wanted" ] || { echo "$program has no mistakes"; exit 1; }

# A comment may be the beginning of what is said.
awk -v found="$said/found" '
  { wanted[++n] = $0 }
  END {
    while ((getline line < found) > 0) if (index(line, wanted[++i]) != 1 || i > n) wrong = 1
    exit wrong || i != n
  }' "$said/wanted" && exit 0
echo "Wanted:"
cat "$said/wanted"
echo "Found:"
cat "$said/found"
cat "$said/all"
exit 1
