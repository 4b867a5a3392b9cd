# SPDX-License-Identifier: MIT
# Checks that the installed tpool.cdef (TPOOL_CDEF) has each public function of libtpool.so, and no other: PHP refuses
# declarations of functions that a library lacks. Usage: cdef.sh <tpool.map>
set -eu
declared=$(mktemp) exported=$(mktemp)
trap 'rm -f "$declared" "$exported"' EXIT
grep -o '\btp_[a-z_0-9]*(' "$TPOOL_CDEF" | tr -d '(' | sort > "$declared"
# tp_seam_ is for libtpool-cluster.
grep -o '\btp_[a-z_0-9]*;' "$1" | tr -d ';' | grep -v '^tp_seam_' | sort > "$exported"
[ "$(wc -l < "$exported")" -gt 50 ] || { echo "no functions in $1"; exit 1; }
diff "$declared" "$exported" || { echo "< is declared only, > is exported only"; exit 1; }
