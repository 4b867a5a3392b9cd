#!/bin/sh
# SPDX-License-Identifier: MIT
# Checks that macros.h, which the header test compiles, expands each macro of the public headers.
# Usage: macros.sh <include directory>
set -eu

here=$(cd "$(dirname "$0")" && pwd)
failed=0
names=$(sed -n 's/^ *# *define \(TP_[A-Z0-9_]*\).*/\1/p' "$1"/tpool/*.h | sort -u)
[ -n "$names" ] || { echo "no macro found in $1"; exit 1; }
for name in $names; do
  # What a header undefines is its own.
  grep -qE "^ *# *undef $name\b" "$1"/tpool/*.h && continue
  grep -qw "$name" "$here/macros.h" || { echo "macros.h does not expand $name"; failed=1; }
done
exit $failed
