# SPDX-License-Identifier: MIT
# Checks that the list of conformance programs has each program of examples/ and guide/ once, and no other.
# Usage: complete.sh <tests>
set -eu
cd "$1"
mine=$(mktemp)
trap 'rm -f "$mine"' EXIT

grep -oE '(examples|guide)/[A-Za-z0-9_/-]+\.c(pp)?' cluster/conformance/CMakeLists.txt | sort > "$mine"
find examples guide -name '*.c' -o -name '*.cpp' | sort | diff "$mine" - ||
  { echo "< is listed, and not there, or twice; > is not listed"; exit 1; }
