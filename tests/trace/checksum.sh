#!/bin/sh
# SPDX-License-Identifier: MIT
# Traces the checksum example on real files: the trace loads, each worker was busy, and the picture of
# it is well-formed. Usage: checksum.sh <program> <folder>
set -eu
program=$1 folder=$2
here=$(cd "$(dirname "$0")" && pwd)
command -v python3 >/dev/null || { echo "no python3"; exit 77; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

mkdir "$work/files"
cp -R "$folder" "$work/files/tree"
n=0
while [ $n -lt 8 ]; do  # files that take long enough for each worker to get one
  head -c 20000000 /dev/zero >"$work/files/$n"
  n=$((n + 1))
done

"$program" -j 2 --trace "$work/trace.json" "$work/files" >"$work/sums"
python3 "$here/timeline.py" "$work/trace.json" "$work/trace.svg"
python3 "$here/busy.py" "$work/trace.json" "$work/trace.svg" 2 "$(wc -l <"$work/sums")"

if "$program" --trace "$work/no/such/folder" "$work/files" >/dev/null 2>"$work/message"; then
  echo "a trace that can't be written was accepted"
  exit 1
fi
grep -q 'No such file or directory' "$work/message"
if [ -w /dev/full ]; then
  if "$program" --trace /dev/full "$work/files" >/dev/null 2>"$work/message"; then
    echo "a full disk was not told"
    exit 1
  fi
  grep -q 'No space left on device' "$work/message"
fi
