#!/bin/sh
# SPDX-License-Identifier: MIT
# Workers bear the pool's name and their number, as /proc and ps tell. Usage: thread_names.sh <program>
set -eu
program=$1
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkfifo "$work/input" "$work/output"

"$program" <"$work/input" >"$work/output" &
process=$!
exec 3>"$work/input" 4<"$work/output"
read -r line <&4
[ "$line" = ready ]

printf 'seen-w%s\n' 0 1 2 >"$work/expected"
cat /proc/$process/task/*/comm | grep '^seen-w' | sort >"$work/proc"
diff -u "$work/expected" "$work/proc"
if command -v ps >/dev/null; then
  ps -L -o comm= -p $process | grep '^seen-w' | sort >"$work/ps"
  diff -u "$work/expected" "$work/ps"
fi
exec 3>&-
wait $process
