# SPDX-License-Identifier: MIT
# Under a real-time policy, where a thread that spins for another one is not taken off its CPU.
# Usage: realtime.sh <process_test>
set -eu
. "$(dirname "$0")/place.sh"
need chrt taskset

chrt -f 10 true 2>/dev/null || skip 'no real-time policy may be set'
chrt -f 10 "$1" '10000 tasks*'
cpu=$(taskset -cp $$ | sed 's/.*: *//; s/[^0-9].*//')
taskset -c "$cpu" chrt -f 10 "$1" '10000 tasks*'
