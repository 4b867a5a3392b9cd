# SPDX-License-Identifier: MIT
# A cgroup that has no room for the threads of a pool. Usage: pids_max.sh <process_test>
set -eu
. "$(dirname "$0")/place.sh"
make_group pids

echo 20 >"$group/pids.max"
in_group "$1" 'a system that is short of threads'
