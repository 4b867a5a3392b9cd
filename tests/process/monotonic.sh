# SPDX-License-Identifier: MIT
# No wait looks at the clock that people set: no timeout is one of CLOCK_REALTIME.
# Usage: monotonic.sh <process_test>
set -eu
. "$(dirname "$0")/place.sh"
need strace

trace=$(mktemp)
trap 'rm -f "$trace"' EXIT
traced() { strace -f -o "$trace" -e trace=futex,clock_nanosleep "$@"; }
traced true 2>/dev/null || skip 'nothing may be traced'
traced "$1" 'a timeout that is over*'

# A wait without a timeout (NULL) has no clock.
grep -q 'FUTEX_WAIT.*tv_sec' "$trace" || { echo 'no timeout was seen'; exit 1; }
if grep 'REALTIME.*tv_sec' "$trace"; then
  echo 'these depend on the wall clock'
  exit 1
fi
