#!/bin/sh
# SPDX-License-Identifier: MIT
# Compares a checksum program with sha256sum, on a folder made to be awkward.
# usage: sh check.sh PROGRAM
set -eu
program=$(cd "$(dirname "$1")" && pwd)/$(basename "$1")
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
cd "$scratch"

failed() {
  echo "check.sh: $1" >&2
  exit 1
}

newline='
'
mkdir -p tree/deep/er "tree/ spaces in names" tree/hidden/.git tree/empty_folder "tree/-folder"
printf 'text' >"tree/ spaces in names/a b"
printf 'text' >"tree/line${newline}break"
printf 'text' >'tree/back\slash'
printf 'text' >"tree/carriage$(printf '\r')return"
printf 'text' >tree/-n
printf 'text' >tree/-folder/--help
printf 'text' >tree/hidden/.git/.config
printf 'text' >"tree/$(printf '\303\251\377')"
: >tree/empty
head -c 20000001 /dev/zero >tree/deep/big
n=0
while [ $n -lt 300 ]; do
  echo "file $n" >"tree/deep/er/$n"
  n=$((n + 1))
done
ln -s deep/big tree/link
ln -s no-such-file tree/dangling
ln -s .. tree/deep/loop
mkfifo tree/fifo

expect() { # folders
  find "$@" -type f -print0 | LC_ALL=C sort -z | xargs -0 sha256sum -- >expected
}

expect tree
"$program" tree >actual 2>messages || failed "exit status $? for a readable folder"
cmp expected actual || failed 'differs from sha256sum'
[ "$(wc -l <messages)" -eq 1 ] || failed "more than the summary on stderr: $(cat messages)"
grep -q ' 0 errors$' messages || failed "no summary: $(cat messages)"

expect ./tree/deep tree/-n
"$program" -j 7 ./tree/deep tree/-n >actual 2>messages || failed "exit status $? with -j"
cmp expected actual || failed 'differs from sha256sum for a folder and a file'

printf 'x' >one
"$program" one >actual 2>messages || failed "exit status $? for one file"
grep -q '^1 file, 1 byte in .* 0 errors$' messages || failed "one file: $(cat messages)"
if "$program" no-such-folder >actual 2>messages; then failed 'no-such-folder hashed'; fi
grep -q '^0 files, 0 bytes in .* 1 error$' messages || failed "one error: $(cat messages)"

expect tree
if "$program" no-such-folder tree tree/dangling >actual 2>messages; then
  failed 'exit status 0 although two paths do not exist'
fi
cmp expected actual || failed 'errors changed the output'
grep -q 'no-such-folder: No such file or directory$' messages || failed 'no-such-folder not named'
grep -q 'tree/dangling: No such file or directory$' messages || failed 'tree/dangling not named'
grep -q ' 2 errors$' messages || failed "errors not counted: $(cat messages)"

mkdir tree/locked
printf 'text' >tree/locked/inside
printf 'text' >tree/unreadable
chmod 000 tree/locked tree/unreadable
if [ ! -r tree/unreadable ]; then # the superuser reads all
  if "$program" tree >actual 2>messages; then
    failed 'exit status 0 although a file is unreadable'
  fi
  cmp expected actual || failed 'an unreadable file changed the output'
  grep -q 'tree/unreadable: Permission denied$' messages || failed 'tree/unreadable not named'
  grep -q 'tree/locked: Permission denied$' messages || failed 'tree/locked not named'
  grep -q ' 2 errors$' messages || failed "errors not counted: $(cat messages)"
fi
chmod 700 tree/locked

for bad in '-j 0' '-j x' '-j -1' '-j 4097' '-z'; do
  # shellcheck disable=SC2086 # two words
  if "$program" $bad tree >actual 2>messages; then failed "accepts $bad"; fi
  grep -q '^usage: .* WORKERS from 1 to 4096$' messages || failed "no usage line for $bad"
done
