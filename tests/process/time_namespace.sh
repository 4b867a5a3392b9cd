# SPDX-License-Identifier: MIT
# A monotonic clock that jumps ahead: timeouts are times from now.
# Usage: time_namespace.sh <process_test>
set -eu
. "$(dirname "$0")/place.sh"
need unshare

for offset in 100000 3000000000; do
  unshare -T --monotonic "$offset" true 2>/dev/null || skip 'no time namespace may be made'
  unshare -T --monotonic "$offset" "$1" 'a timeout*'
  unshare -T --monotonic "$offset" "$1" '10000 tasks*'
done
