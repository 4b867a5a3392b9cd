#!/bin/sh
# SPDX-License-Identifier: MIT
# Checks that a program which was built against the released version finds what it knows in this
# library: functions may be added, and fields behind the end of the sized structs. Nothing may be
# changed, moved or removed; first that each of these is found, planted in the dump of this library.
# Usage: compare.sh <dump of the release> <library> <include directory>
set -eu

dump=$1 library=$2 headers=$3
here=$(cd "$(dirname "$0")" && pwd)
command -v abidiff > /dev/null || { echo "no abidiff"; exit 77; }
readelf -SW "$library" | grep -q '\.debug_info' || { echo "no debug information"; exit 77; }

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
sh "$here/dump.sh" "$library" "$headers" "$work/now.abi"

compare() {
  awk -f "$here/appended.awk" "$dump" "$1" > "$work/known.abi"
  abidiff --no-added-syms "$dump" "$work/known.abi"
}

# refuses <what> <sed script>: the dump with this change must not pass.
refuses() {
  sed "$2" "$work/now.abi" > "$work/planted.abi"
  ! cmp -s "$work/now.abi" "$work/planted.abi" || { echo "nothing to plant: $1"; exit 1; }
  if compare "$work/planted.abi" > "$work/out"; then
    echo "not refused: $1"
    exit 1
  fi
}

options="/<class-decl name='tp_job_options'/,/<.class-decl>/"
wait="/<function-decl name='tp_result_wait'/,/<.function-decl>/"
refuses "a removed function" "/elf-symbol name='tp_result_wait'/d; $wait d"
refuses "a removed field" "$options { /offset-in-bits='512'/,/<.data-member>/d; }"
refuses "a moved field" "$options s/offset-in-bits='192'/offset-in-bits='224'/"
refuses "a field in another's place" \
  "$options { s/'chunksize'/'_'/; s/'buffersize'/'chunksize'/; s/'_'/'buffersize'/; }"
refuses "a field in the padding" \
  "$options { s/offset-in-bits='576'/offset-in-bits='224'/; }"
refuses "another returned type" "$wait s/<return type-id='[^']*'/<return type-id='planted'/
  s|</abi-instr>|<type-decl name='planted' size-in-bits='64' id='planted'/>&|"

compare "$work/now.abi"
