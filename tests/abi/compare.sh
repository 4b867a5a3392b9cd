#!/bin/sh
# SPDX-License-Identifier: MIT
# Checks that a program which was built against the released version finds what it knows in this
# library: functions may be added, and nothing may be changed or removed. A field that is appended
# to a sized struct counts as a change; who appends one renews the dump.
# Usage: compare.sh <dump of the release> <library> <include directory>
set -eu

dump=$1 library=$2 headers=$3
here=$(cd "$(dirname "$0")" && pwd)
command -v abidiff > /dev/null || { echo "no abidiff"; exit 77; }
readelf -SW "$library" | grep -q '\.debug_info' || { echo "no debug information"; exit 77; }

now=$(mktemp)
trap 'rm -f "$now"' EXIT
sh "$here/dump.sh" "$library" "$headers" "$now"
abidiff --no-added-syms "$dump" "$now"
