#!/bin/sh
# SPDX-License-Identifier: MIT
# Compares a tp_grep with grep, on a copy of this project's sources and some awkward files.
# usage: sh check.sh PROGRAM
set -eu
program=$(cd "$(dirname "$1")" && pwd)/$(basename "$1")
root=$(cd "$(dirname "$0")/../../.." && pwd)
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
export LC_ALL=C

mkdir "$scratch/tree" "$scratch/empty"
(cd "$root" && cp -R capi cmake cpp include src tests "$scratch/tree")
cd "$scratch"

failed() {
  echo "check.sh: $1" >&2
  exit 1
}

mkdir -p 'tree/ spaces in names' tree/include.d tree/hidden/.git tree/hollow
printf 'static\n\nstatic' >'tree/ spaces in names/no newline at the end'
printf 'static\n' >tree/include.d/in
printf 'static\n' >tree/include-
printf 'static\n' >tree/hidden/.git/-c
printf '\377static\200\n\303\251\n' >"tree/$(printf '\303\251\377')"
printf 'static\nbehind the first buffers\n%0200000d\nstatic \000\n' 7 >tree/binary
: >tree/nothing
ln -s ../tests tree/hidden/link
ln -s .. tree/include.d/loop
ln -s no-such-file tree/dangling
mkfifo tree/fifo

as= # words before each command

# expect <status> <pattern> <folder> [<option>...]: counts what grep counts, with its exit status.
expect() {
  status=$1 pattern=$2 folder=$3
  shift 3
  $as grep -rcIH -e "$pattern" "$folder" 2>grep_messages | sort -t : -k 1,1 >expected || true
  actual_status=0
  $as "$program" "$@" "$pattern" "$folder" >actual 2>messages || actual_status=$?
  [ "$actual_status" -eq "$status" ] || failed "exit status $actual_status for $pattern $*"
  cmp expected actual || failed "differs from grep for $pattern $*"
  lines=$(awk -F : '{ n += $NF } END { print n + 0 }' expected)
  files=$(wc -l <expected)
  [ "$lines" -eq 1 ] && lines='1 line' || lines="$lines lines"
  [ "$files" -eq 1 ] && files='1 file' || files="$files files"
  grep -qx "$lines in $files" messages || failed "total: $(cat messages)"
}

# refuse <root> <message>: ends with that message about what is no tree, and does not wait for it.
refuse() {
  actual_status=0
  timeout 60 "$program" static "$1" >actual 2>messages || actual_status=$?
  [ "$actual_status" -eq 2 ] || failed "exit status $actual_status for $1"
  [ ! -s actual ] || failed "counts in $1"
  [ "$(head -n 1 messages)" = "tp_grep: $1: $2" ] || failed "of $1: $(cat messages)"
}

for workers in 1 2 8; do
  for pattern in static '^#include' 'a.*[^;{]$' '' '\(t\)\1'; do
    expect 0 "$pattern" tree -j $workers
    [ "$(wc -l <messages)" -eq 1 ] || failed "more than the total on stderr: $(cat messages)"
  done
  expect 1 'q\{9\}' tree -j $workers
  expect 1 static empty -j $workers
  [ ! -s actual ] || failed 'counts in an empty folder'
done
expect 0 static tree
expect 0 static ./tree/
expect 0 static tree/hidden/link

expect 0 static tree/include.d/in

refuse no-such-folder 'No such file or directory'
refuse tree/dangling 'No such file or directory'
refuse tree/fifo 'neither a file nor a directory'
refuse /dev/null 'neither a file nor a directory'

# Of what can't be read there is a message, and all else is counted. The superuser reads everything,
# but for one without these rights.
mkdir tree/locked
printf 'static\n' >tree/locked/inside
printf 'static\n' >tree/unreadable
chmod 000 tree/locked tree/unreadable
[ ! -r tree/unreadable ] || as='setpriv --bounding-set=-dac_override,-dac_read_search'
if $as test ! -r tree/unreadable 2>messages; then
  for workers in 1 2 8; do
    expect 2 static tree -j $workers
    [ "$(wc -l <messages)" -eq 3 ] || failed "not two errors and the total: $(cat messages)"
    grep -qx 'tp_grep: tree/unreadable: Permission denied' messages || failed 'file not named'
    grep -qx 'tp_grep: tree/locked/\{0,1\}: Permission denied' messages || failed 'folder not named'
  done
else
  cat messages
  echo "No file that this user can't read: that part of tp_grep's test is left out"
fi
chmod 700 tree/locked

for bad in '-j 0' '-j x' '-j 4097' '-j 99999' '-z' 'one more'; do
  actual_status=0
  # shellcheck disable=SC2086 # many words
  "$program" $bad static tree >actual 2>messages || actual_status=$?
  [ "$actual_status" -eq 2 ] || failed "exit status $actual_status for $bad"
  grep -q '^usage: .* WORKERS from 1 to 4096$' messages || failed "no usage for $bad"
done
if "$program" '\(' tree >actual 2>messages; then failed 'accepts an open parenthesis'; fi
grep -q '^tp_grep: Unmatched ' messages || failed "bad pattern: $(cat messages)"
