# SPDX-License-Identifier: MIT
# Everything again on one CPU, where threads meet in other orders and who spins stands in the way.
# Usage: one_cpu.sh <process_test> <stress_test>
set -eu
. "$(dirname "$0")/place.sh"
need taskset

cpu=$(taskset -cp $$ | sed 's/.*: *//; s/[^0-9].*//')
on_one() { taskset -c "$cpu" "$@"; }

TPOOL_TEST_CPUS=1 on_one "$1" 'a pool without a number*'
on_one "$1" '10000 tasks*'
on_one "$1" 'a timeout*'
on_one "$1" 'a chain*'
TPOOL_STRESS_ROUNDS=200 on_one "$2"
