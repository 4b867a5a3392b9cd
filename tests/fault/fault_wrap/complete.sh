# SPDX-License-Identifier: MIT
# A function that a test of all functions forgot. Usage: complete.sh <headers> <test sources>...
set -eu
headers=$1
shift

functions=$(sed -n 's/^TP_API .*\(tp_[a-z_]*\)(.*/\1/p' "$headers"/*.h)
[ "$(echo "$functions" | wc -l)" -gt 40 ] || { echo "no functions in $headers"; exit 1; }

missing=0
for function in $functions; do
  grep -qrw "$function" "$@" || { echo "not called: $function" && missing=1; }
done
exit $missing
